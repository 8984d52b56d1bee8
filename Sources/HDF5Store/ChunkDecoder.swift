internal import Codecs
internal import Memory

/// Undoes a dataset's filter pipeline on stored chunks. One per worker: it owns the scratch memory.
struct ChunkDecoder: ~Copyable {
    /// A filter that changes bytes, with its position in the file's pipeline (the filter mask counts positions).
    private struct Stage {
        enum Kind {
            case inflate
            case unshuffle(elementSize: Int)
            case verify
        }
        var position: Int
        var kind: Kind
    }

    private let stages: [Stage]
    private let chunkBytes: Int
    private var inflater = Inflater()
    private var first: AlignedBuffer
    private var second: AlignedBuffer

    /// Prepares for chunks of `chunkBytes` decoded bytes; all `filters` must be decodable here.
    init(filters: [HDF5Filter], elementSize: Int, chunkBytes: Int) {
        self.chunkBytes = chunkBytes
        var stages: [Stage] = []
        for (position, filter) in filters.enumerated().reversed() {
            switch filter.id {
            case HDF5Filter.deflate: stages.append(Stage(position: position, kind: .inflate))
            case HDF5Filter.fletcher32: stages.append(Stage(position: position, kind: .verify))
            case HDF5Filter.shuffle:
                let size = filter.parameters.first.map(Int.init) ?? elementSize
                // Single bytes have nothing to shuffle.
                if size > 1 { stages.append(Stage(position: position, kind: .unshuffle(elementSize: size))) }
            default: preconditionFailure("ChunkDecoder: filter \(filter) is not decoded here")
            }
        }
        self.stages = stages
        let count = Self.scratchBytes(stages: stages.count, filters: filters, chunkBytes: chunkBytes)
        first = AlignedBuffer(byteCount: stages.count > 1 ? count : 0)
        second = AlignedBuffer(byteCount: stages.count > 2 ? count : 0)
    }

    /// Whether chunks are stored as they are, when no filter was skipped.
    var isIdentity: Bool { stages.isEmpty }

    /// Scratch memory of one decoder, for the ledger.
    static func scratchBytes(filters: [HDF5Filter], chunkBytes: Int) -> Int {
        let buffers = max(0, min(2, filters.count - 1))
        return buffers * scratchBytes(stages: filters.count, filters: filters, chunkBytes: chunkBytes)
    }

    // Between two filters a chunk can be larger than decoded: checksums add bytes, and so does deflate of random data.
    private static func scratchBytes(stages: Int, filters: [HDF5Filter], chunkBytes: Int) -> Int {
        let deflates = filters.count { $0.id == HDF5Filter.deflate }
        return chunkBytes + 4 * filters.count + (deflates > 1 ? chunkBytes / 8 + 4096 : 0)
    }

    /// Decodes one stored chunk into `destination`, which has exactly the decoded size.
    mutating func decode(
        _ stored: UnsafeRawBufferPointer, filterMask: UInt32, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) {
        precondition(destination.count == chunkBytes, "ChunkDecoder: \(destination.count) bytes for \(chunkBytes)")
        var current = unsafe stored
        var left = stages.count { filterMask & (1 << UInt32($0.position)) == 0 }
        var usesFirst = true
        for stage in stages where filterMask & (1 << UInt32(stage.position)) == 0 {
            // Only the last stage may write to the destination: what comes before can be longer.
            left -= 1
            switch stage.kind {
            case .verify:
                let length = try unsafe Fletcher32.verify(current)
                unsafe current = UnsafeRawBufferPointer(rebasing: current[..<length])
            case .inflate:
                let target = unsafe left == 0 ? destination : usesFirst ? first.bytes : second.bytes
                let length = try unsafe inflater.decompress(current, into: target)
                unsafe current = UnsafeRawBufferPointer(rebasing: target[..<length])
                usesFirst.toggle()
            case .unshuffle(let elementSize):
                let target = unsafe left == 0 ? destination : usesFirst ? first.bytes : second.bytes
                guard current.count <= target.count else {
                    throw .tooLarge(codec: "shuffle", expected: target.count)
                }
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: target[..<current.count])
                unsafe ByteShuffle.unshuffle(current, into: part, elementSize: elementSize)
                unsafe current = UnsafeRawBufferPointer(part)
                usesFirst.toggle()
            }
        }
        guard current.count == chunkBytes else {
            throw .wrongSize(codec: "chunk", expected: chunkBytes, found: current.count)
        }
        if unsafe current.baseAddress != UnsafeRawPointer(destination.baseAddress) {
            unsafe destination.copyMemory(from: current)
        }
    }
}
