internal import Codecs

/// What undoes one filter of a pipeline on stored bytes.
struct FilterStage {
    enum Kind {
        case inflate
        case unshuffle(elementSize: Int)
        case verify
        case lzf
        case lz4
        case zstd
        case bitUnshuffle(BitShuffle)
        case blosc
    }

    /// The filter's position in the file's pipeline: the bit of a chunk's filter mask.
    var position: Int
    var kind: Kind

    /// Whether this chunk went through the filter.
    func applies(to filterMask: UInt32) -> Bool { filterMask & (1 << UInt32(position)) == 0 }

    /// Whether the stage writes its result to another place; a checksum only looks.
    var writes: Bool { if case .verify = kind { false } else { true } }

    /// The most bytes that the filter makes of `byteCount` bytes when a file is written.
    func bound(of byteCount: Int) -> Int {
        switch kind {
        case .unshuffle: byteCount
        case .verify: byteCount + Fletcher32.byteCount
        // zlib's own bound for the smallest of its windows, and the framing.
        case .inflate: byteCount + byteCount / 8 + byteCount / 128 + 64
        case .lzf: byteCount + byteCount / 16 + 64
        case .zstd: byteCount + byteCount / 256 + 128
        // A block that does not shrink is stored as it is; blocks of less than 64 bytes would be no compression.
        case .lz4: byteCount + byteCount / 16 + 64
        case .bitUnshuffle(let shuffle): shuffle.bound(of: byteCount)
        case .blosc: byteCount + 16
        }
    }

    /// Nil for a filter that leaves the bytes as they are.
    init?(_ filter: HDF5Filter, position: Int, elementSize: Int) {
        self.position = position
        switch filter.id {
        case HDF5Filter.deflate: kind = .inflate
        case HDF5Filter.fletcher32: kind = .verify
        case HDF5Filter.lzf: kind = .lzf
        case HDF5Filter.lz4: kind = .lz4
        case HDF5Filter.zstd: kind = .zstd
        case HDF5Filter.blosc: kind = .blosc
        case HDF5Filter.shuffle:
            let size = filter.parameters.first.map(Int.init) ?? elementSize
            // Single bytes have nothing to shuffle.
            guard size > 1 else { return nil }
            kind = .unshuffle(elementSize: size)
        case HDF5Filter.bitshuffle:
            guard let shuffle = filter.bitShuffle else { fallthrough }
            kind = .bitUnshuffle(shuffle)
        default: preconditionFailure("FilterStage: filter \(filter) is not decoded here")
        }
    }
}

/// How a pipeline is undone: the stages in the order of reading, and the memory that they need.
package struct FilterPlan {
    let stages: [FilterStage]

    /// How many buffers hold what passes from one stage to the next: the last stage writes to the destination.
    package let bufferCount: Int

    /// Bytes of each of those buffers.
    package let bufferBytes: Int

    /// Bytes of a bit shuffle's blocks.
    package private(set) var blockBytes = 0

    /// Bytes that the libraries of the codecs allocate themselves while they decode, or keep.
    package private(set) var libraryBytes = 0

    /// Whether a zstd decoder is needed.
    private(set) var usesZstd = false

    /// Plans for chunks of `chunkBytes` decoded bytes; all `filters` must be decodable here.
    package init(filters: [HDF5Filter], elementSize: Int, chunkBytes: Int) {
        var forward: [FilterStage] = []
        // What each filter gets when a file is written, and so what undoing it gives.
        var sizes: [Int] = []
        var size = chunkBytes
        for (position, filter) in filters.enumerated() {
            guard let stage = FilterStage(filter, position: position, elementSize: elementSize) else { continue }
            forward.append(stage)
            sizes.append(size)
            switch stage.kind {
            case .zstd: usesZstd = true
            case .blosc: libraryBytes = max(libraryBytes, Blosc.scratchBytes(of: size))
            case .bitUnshuffle(let shuffle):
                usesZstd = usesZstd || shuffle.compression == .zstd
            default: break
            }
            size = stage.bound(of: size)
        }
        if usesZstd { libraryBytes += ZstdDecoder.contextBytes }
        // The first filter is undone last, into the destination. A chunk that skipped filters needs no more than others.
        let between = zip(forward, sizes).dropFirst().filter { $0.0.writes }
        bufferCount = min(2, between.count)
        bufferBytes = between.map(\.1).max() ?? 0
        // Any stage may write to a buffer that is as large as the largest of them.
        let target = max(chunkBytes, bufferBytes)
        for case .bitUnshuffle(let shuffle) in forward.map(\.kind) {
            blockBytes = max(blockBytes, shuffle.scratchBytes(of: target))
        }
        stages = forward.reversed()
    }

    /// All memory of one decoder, for the ledger.
    package var scratchBytes: Int { bufferCount * bufferBytes + blockBytes + libraryBytes }
}
