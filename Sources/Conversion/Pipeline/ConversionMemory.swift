internal import Memory
internal import Shards

/// How a conversion divides its memory cap.
struct ConversionMemory {
    private let cap: Int

    /// What the process holds before it begins, and what threads, encoders and the writer take.
    private let fixedBytes: Int

    /// For pieces that are read, wait, or are being encoded.
    let pieceBytes: Int

    /// Less is not worth trying: a piece is about a mebibyte.
    private static let leastPieceBytes = 8 << 20

    init(_ options: ConversionOptions, columns: [ShardColumn]) throws(ConversionError) {
        cap = options.memory.bytes
        let encoder = Self.encoderBytes(level: options.level) + 4 * options.blockBytes
        // Each thread has a stack, an encoder, what reading takes, and a few blocks on their way.
        let thread = (1 << 20) + encoder + 5 * options.blockBytes
        fixedBytes =
            ProcessMemory.residentBytes + (8 << 20) + ShardStage.pendingBytes + 3 * ShardFileWriter.heldBytes
            + (options.workers + 1) * thread
        // Chunks grow by doubling, and the allocator keeps what it hopes to need again.
        pieceBytes = (cap - fixedBytes) / 2
        guard pieceBytes >= Self.leastPieceBytes else {
            throw tooSmall(for: Self.leastPieceBytes, of: max(1, pieceBytes))
        }
    }

    /// The refusal of a cap with which something that needs `bytes` has a limit of `limit`, a part of the memory for pieces.
    func tooSmall(for bytes: Int, of limit: Int) -> ConversionError {
        let share = max(1, Double(pieceBytes) / Double(limit))
        let needed = Int((Double(bytes) * share).rounded(.up))
        // What the process holds at its start differs by some hundred kibibytes from run to run.
        let least = (fixedBytes + 2 * needed + (3 << 20) - 1) >> 20
        return ConversionError(
            .memory,
            "a memory cap of \(ByteCount(cap)) is too small: \(ByteCount(fixedBytes)) are taken by the process, its "
                + "threads and encoders, and the pieces of the input need \(ByteCount(2 * needed)); the smallest cap that "
                + "works is \(least)MiB")
    }

    /// Spill files: so many that one of them should fit the memory easily, as far as the input's size is known.
    func spillFiles(for input: some RowInput, passes: Int) -> Int {
        let fixed = input.columns.reduce(SpillRow.headBytes) { $0 + ($1.isRagged ? 8 : $1.itemBytes) }
        // Text and compressed files grow when they are read.
        let bytes = max((input.rowCount ?? 0) * fixed, 3 * (input.byteCount ?? 0)) * passes
        let wanted = bytes / max(1, pieceBytes / 16)
        return min(Self.mostSpillFiles, max(8, wanted))
    }

    /// A buffer of a spill file: long writes, and an eighth of the memory for all of them.
    func spillBufferBytes(files: Int) -> Int { max(4096, min(1 << 20, pieceBytes / 8 / files)) }

    private static let mostSpillFiles = 256

    // What zstd's tables take for blocks of any size at a level (`ZSTD_estimateCCtxSize`, rounded up).
    private static func encoderBytes(level: Int) -> Int {
        switch level {
        case ...6: 4 << 20
        case 7...12: 16 << 20
        default: 96 << 20
        }
    }
}
