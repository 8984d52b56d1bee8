internal import Workers

/// Shards that are kept open, of one dataset or of several: those that were used last, bounded in number and in the bytes
/// of their indexes. Any number of threads at once.
package final class OpenShards: Sendable {
    private struct State {
        struct Kept {
            let file: ShardFile
            var lastUse: Int
        }

        var files: [Int: Kept] = [:]
        var numbers = 0
        var uses = 0
        var bytes = 0
    }

    private let mostFiles: Int
    private let mostBytes: Int
    private let state = Monitor(State())

    /// - Parameters:
    ///   - mostFiles: the most shards that are kept open.
    ///   - mostBytes: the most bytes that their indexes take, but for the one that was opened last.
    package init(mostFiles: Int, mostBytes: Int) {
        self.mostFiles = max(1, mostFiles)
        self.mostBytes = mostBytes
    }

    /// Shards that are open now.
    package var count: Int { state.update { $0.files.count } }

    /// Numbers for the shards of a dataset: the first of `count`.
    func reserve(_ count: Int) -> Int {
        state.update { state in
            defer { state.numbers += count }
            return state.numbers
        }
    }

    /// The shard of a number, when it is open.
    func find(_ shard: Int) -> ShardFile? {
        state.update { state in
            state.uses += 1
            state.files[shard]?.lastUse = state.uses
            return state.files[shard]?.file
        }
    }

    /// Keeps a shard that was just opened, unless another thread was faster: then that one is returned.
    func keep(_ file: ShardFile, as shard: Int) -> ShardFile {
        // Files are closed when the last reference goes, outside of the lock.
        let (kept, dropped) = state.update { state -> (ShardFile, [ShardFile]) in
            if let other = state.files[shard] { return (other.file, []) }
            var dropped: [ShardFile] = []
            while !state.files.isEmpty,
                state.files.count >= mostFiles || state.bytes + file.heldBytes > mostBytes,
                let oldest = state.files.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.files[oldest.key] = nil
                state.bytes -= oldest.value.file.heldBytes
                dropped.append(oldest.value.file)
            }
            state.uses += 1
            state.files[shard] = State.Kept(file: file, lastUse: state.uses)
            state.bytes += file.heldBytes
            return (file, dropped)
        }
        withExtendedLifetime(dropped) {}
        return kept
    }
}
