internal import HDF5Store
internal import Shards

/// How one column of a dataset of shards lies in the file that is written.
struct ExportColumn: Sendable {
    /// Its number in the dataset.
    let number: Int
    let info: ShardColumn

    /// The type of a dataset of lists; nil for a column of fixed shape.
    let list: HDF5ListElement?

    /// Rows of a chunk of fixed shape.
    let chunkRows: Int

    /// Rows that are decoded and encoded in one go: whole chunks, and about a block or more.
    let stretchRows: Int

    /// Blocks of the shards that are larger than this become several chunks.
    private static let mostChunkBytes = 256 << 10

    init(_ number: Int, of dataset: ShardDataset, rowCount: Int, options: ExportOptions) {
        let info = dataset.schema.columns[number]
        self.number = number
        self.info = info
        guard !info.isRagged else {
            let isText = info.encoding == .text && !options.writesTextAsBytes
            list = isText ? .text : .number(info.type)
            chunkRows = 1
            stretchRows = 1
            return
        }
        list = nil
        let blockRows = dataset.schema.blockRows
        let blockBytes = blockRows * info.itemBytes
        if blockBytes <= max(options.chunkBytes, Self.mostChunkBytes) {
            // Chunks of whole blocks: each block is decoded for one chunk, as long as shards end with whole blocks.
            chunkRows = min(blockRows * max(1, options.chunkBytes / blockBytes), max(1, rowCount))
            stretchRows = chunkRows
        } else {
            let parts = (blockBytes + options.chunkBytes - 1) / options.chunkBytes
            let rows = max(1, (blockRows + parts - 1) / parts)
            chunkRows = min(rows, max(1, rowCount))
            stretchRows = chunkRows * max(1, blockRows / chunkRows)
        }
    }

    /// Bytes of a chunk of fixed shape.
    var chunkBytes: Int { chunkRows * info.itemBytes }

    /// The most bytes in memory while a stretch of fixed shape is made, and until it is written: the values, a block,
    /// and what they become.
    func workingBytes(blockRows: Int) -> Int {
        let block = blockRows * info.itemBytes
        // Stored, decompressed, unshuffled.
        return 3 * block + 2 * stretchRows * info.itemBytes + 2 * chunkBytes
    }
}

/// A piece of work: consecutive rows of one column.
struct ExportPiece: Sendable {
    /// The column's place among those that are written.
    let place: Int

    /// Rows of the dataset of shards.
    let rows: Range<Int>

    /// An estimate of the bytes in memory from now until the piece is written.
    let workingBytes: Int
}
