internal import Memory
internal import Workers

/// A decoded chunk that several readers may hold at once.
final class DecodedChunk: Sendable {
    let buffer: AlignedBuffer
    init(byteCount: Int) { buffer = AlignedBuffer(byteCount: byteCount) }
}

/// Decoded chunks of columns whose chunks span several blocks, shared by all readers of a source.
///
/// Bounded in bytes; the chunk that came first goes first. Two readers that want the same chunk decode it once: the
/// second waits. While the bound holds all chunks of its columns, each is decoded once in a run. With the last reader all
/// chunks go.
package final class DecodedChunkCache: Sendable {
    private struct Key: Hashable {
        var column: Int
        var chunk: Int
    }

    private struct State {
        // A nil value: some reader is decoding this chunk.
        var chunks: [Key: DecodedChunk?] = [:]
        var order: [Key] = []
        var head = 0
        var bytes = 0
        var decodes = 0
        var readers = 0
    }

    /// A reader's hold on the chunks.
    final class Hold: Sendable {
        private let monitor: Monitor<State>

        init(_ cache: DecodedChunkCache) {
            monitor = cache.monitor
            monitor.update { $0.readers += 1 }
        }

        deinit {
            monitor.update { state in
                state.readers -= 1
                if state.readers == 0 { state = State(decodes: state.decodes) }
            }
        }
    }

    private enum Step {
        case use(DecodedChunk)
        case decode
    }

    /// The most bytes that are kept.
    package let byteLimit: Int
    private let monitor: Monitor<State>

    /// Creates an empty cache.
    package init(byteLimit: Int) {
        self.byteLimit = byteLimit
        monitor = Monitor(State())
    }

    /// How many chunks were decoded: for tests.
    package var decodeCount: Int { monitor.update { $0.decodes } }

    /// The chunk, decoded by `decode` if it is not here.
    func chunk(
        column: Int, chunk: Int, byteCount: Int, decode: (DecodedChunk) throws(HDF5Error) -> Void
    ) throws(HDF5Error) -> DecodedChunk {
        let key = Key(column: column, chunk: chunk)
        let step: Step = monitor.wait { state in
            switch state.chunks[key] {
            case .some(.some(let chunk)): return .use(chunk)
            case .some(.none): return nil
            case .none:
                state.chunks.updateValue(nil, forKey: key)
                state.decodes += 1
                return .decode
            }
        }
        if case .use(let chunk) = step { return chunk }
        let decoded = DecodedChunk(byteCount: byteCount)
        do throws(HDF5Error) {
            try decode(decoded)
        } catch {
            monitor.update { $0.chunks[key] = nil }
            throw error
        }
        monitor.update { state in
            state.chunks.updateValue(decoded, forKey: key)
            state.order.append(key)
            state.bytes += byteCount
            while state.bytes > byteLimit, state.head < state.order.count - 1 {
                if let evicted = state.chunks.removeValue(forKey: state.order[state.head]) ?? nil {
                    state.bytes -= evicted.buffer.byteCount
                }
                state.head += 1
            }
            if state.head > 1024 {
                state.order.removeFirst(state.head)
                state.head = 0
            }
        }
        return decoded
    }
}
