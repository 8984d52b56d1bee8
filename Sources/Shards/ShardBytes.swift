package import Files

/// The system calls by which shards are read.
package typealias ReadCall = FileCalls

extension ShardError {
    /// What went wrong with a file's bytes.
    package init(_ error: FileError) {
        let kind: Kind =
            switch error.kind {
            case .missing: .missing
            case .permission: .permission
            case .readFailed: .readFailed
            case .damaged: .damaged
            case .changed: .changed
            }
        self.init(kind, path: error.path, error.message)
    }
}

/// A file of a dataset, read by position from any number of threads at once.
package final class ShardBytes: Sendable {
    // A shard is a part of a dataset, and many are open.
    static let rememberedPages = 1 << 10

    /// The open file.
    package let file: FileBytes

    package var path: String { file.path }

    /// Bytes in the file when it was opened.
    package var byteCount: Int { file.byteCount }

    /// Opens a regular file for reading.
    package init(path: String, call: ReadCall = .system) throws(ShardError) {
        do throws(FileError) {
            file = try FileBytes(path: path, calls: call, rememberedPages: Self.rememberedPages, waits: false)
        } catch {
            throw ShardError(error)
        }
    }

    /// Fills `destination` from the bytes at `offset`; see `FileBytes.read`.
    package func fill(_ destination: UnsafeMutableRawBufferPointer, at offset: Int) throws(ShardError) {
        var retries = 0
        try unsafe fill(destination, at: offset, retries: &retries)
    }

    /// The same, counting in `retries` how often it was tried again.
    func fill(
        _ destination: UnsafeMutableRawBufferPointer, at offset: Int, retries: inout Int
    ) throws(ShardError) {
        do throws(FileError) {
            try unsafe file.read(at: offset, into: destination, retries: &retries)
        } catch {
            throw ShardError(error)
        }
    }

    /// The bytes of a range, which lies within the file.
    func bytes(_ range: Range<Int>) throws(ShardError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var failure: ShardError?
        unsafe bytes.withUnsafeMutableBytes { memory in
            do throws(ShardError) { try unsafe fill(memory, at: range.lowerBound) } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }
}
