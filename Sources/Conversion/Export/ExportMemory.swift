internal import HDF5Store
internal import Memory
internal import Shards

/// How an export divides its memory cap.
struct ExportMemory {
    private let cap: Int

    /// What the process holds before it begins, and what threads, open shards and the HDF5 library take.
    private let fixedBytes: Int

    /// For pieces that are made or wait to be written.
    let pieceBytes: Int

    /// What the HDF5 library may hold of the file's structure and of lists.
    static let metadataBytes = 4 << 20

    /// A dataset that is being written, about: what the library knows of it.
    private static let datasetBytes = 32 << 10

    /// Bytes of a frame of an open shard's index.
    private static let frameBytes = 16

    init(_ options: ExportOptions, _ dataset: ShardDataset, _ columns: [ExportColumn]) throws(ConversionError) {
        cap = options.memory.bytes
        let thread = (1 << 20) + HDF5ChunkEncoder.tableBytes(level: options.level) + ExportWorker.keptBytes
        let index = min(16 << 20, dataset.blockCount * dataset.schema.columns.count * Self.frameBytes)
        fixedBytes =
            ProcessMemory.residentBytes + (8 << 20) + 2 * Self.metadataBytes + index + options.workers * thread
            + columns.count * (HDF5ListWriter.heldBytes + Self.datasetBytes)
        // The allocator keeps what it hopes to need again.
        pieceBytes = (cap - fixedBytes) / 2
        let largest = columns.map { $0.workingBytes(blockRows: dataset.schema.blockRows) }.max() ?? 0
        guard pieceBytes >= max(largest, Self.leastPieceBytes) else { throw tooSmall(for: largest) }
    }

    private static let leastPieceBytes = 2 << 20

    /// The refusal of a cap that leaves less than `needed` bytes for pieces.
    func tooSmall(for needed: Int) -> ConversionError {
        let needed = max(needed, Self.leastPieceBytes)
        let least = (fixedBytes + 2 * needed + (1 << 20) - 1) >> 20
        return ConversionError(
            .memory,
            "a memory cap of \(ByteCount(cap)) is too small: \(ByteCount(fixedBytes)) are taken by the process, its "
                + "threads and the HDF5 library, and the largest piece needs \(ByteCount(2 * needed)); the smallest "
                + "cap that works is \(least)MiB")
    }
}
