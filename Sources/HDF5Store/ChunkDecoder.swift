internal import Codecs
internal import Memory

/// Undoes a dataset's filter pipeline on stored chunks. One per worker: it owns the scratch memory and the codecs'
/// tables.
struct ChunkDecoder: ~Copyable {
    private let stages: [FilterStage]
    private let chunkBytes: Int
    private var inflater = Inflater()
    private var zstd: ZstdDecoder?
    private var first: AlignedBuffer
    private var second: AlignedBuffer
    private var blocks: AlignedBuffer

    /// Prepares for chunks of `chunkBytes` decoded bytes; all `filters` must be decodable here.
    init(filters: [HDF5Filter], elementSize: Int, chunkBytes: Int) {
        let plan = FilterPlan(filters: filters, elementSize: elementSize, chunkBytes: chunkBytes)
        self.chunkBytes = chunkBytes
        stages = plan.stages
        zstd = plan.usesZstd ? ZstdDecoder() : nil
        first = AlignedBuffer(byteCount: plan.bufferCount > 0 ? plan.bufferBytes : 0)
        second = AlignedBuffer(byteCount: plan.bufferCount > 1 ? plan.bufferBytes : 0)
        blocks = AlignedBuffer(byteCount: plan.blockBytes)
    }

    /// Whether chunks are stored as they are, when no filter was skipped.
    var isIdentity: Bool { stages.isEmpty }

    /// Scratch memory of one decoder, for the ledger.
    static func scratchBytes(filters: [HDF5Filter], chunkBytes: Int) -> Int {
        // The element size matters only for a byte shuffle whose parameter is missing: any size above 1 counts it.
        FilterPlan(filters: filters, elementSize: 2, chunkBytes: chunkBytes).scratchBytes
    }

    /// Decodes one stored chunk into `destination`, which has exactly the decoded size.
    ///
    /// Bit i of `filterMask` says that the chunk skipped filter i of the pipeline.
    mutating func decode(
        _ stored: UnsafeRawBufferPointer, filterMask: UInt32, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) {
        precondition(destination.count == chunkBytes, "ChunkDecoder: \(destination.count) bytes for \(chunkBytes)")
        var current = unsafe stored
        var left = stages.count { $0.applies(to: filterMask) }
        var usesFirst = true
        for stage in stages where stage.applies(to: filterMask) {
            left -= 1
            if case .verify = stage.kind {
                let length = try unsafe Fletcher32.verify(current)
                unsafe current = UnsafeRawBufferPointer(rebasing: current[..<length])
                continue
            }
            // Only the last stage may write to the destination: what comes before can be longer.
            let target = unsafe left == 0 ? destination : usesFirst ? first.bytes : second.bytes
            let length = try unsafe undo(stage.kind, current, into: target)
            unsafe current = UnsafeRawBufferPointer(rebasing: target[..<length])
            usesFirst.toggle()
        }
        guard current.count == chunkBytes else {
            throw .wrongSize(codec: "chunk", expected: chunkBytes, found: current.count)
        }
        if unsafe current.baseAddress != UnsafeRawPointer(destination.baseAddress) {
            unsafe destination.copyMemory(from: current)
        }
    }

    // Undoes one filter that writes, and returns how many bytes it gave.
    private mutating func undo(
        _ kind: FilterStage.Kind, _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int {
        switch kind {
        case .inflate: return try unsafe inflater.decompress(source, into: target)
        case .lzf: return try unsafe LZF.decompress(source, into: target)
        case .lz4: return try unsafe LZ4.decompressChunk(source, into: target)
        case .blosc: return try unsafe Blosc.decompress(source, into: target)
        case .zstd: return try unsafe zstd?.decompress(source, into: target) ?? 0
        case .bitUnshuffle(let shuffle):
            return try unsafe shuffle.decompress(source, into: target, scratch: blocks.bytes, zstd: &zstd)
        case .unshuffle(let elementSize):
            guard source.count <= target.count else { throw .tooLarge(codec: "shuffle", expected: target.count) }
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: target[..<source.count])
            unsafe ByteShuffle.unshuffle(source, into: part, elementSize: elementSize)
            return source.count
        case .verify: return source.count
        }
    }
}
