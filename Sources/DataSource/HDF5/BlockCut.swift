import HDF5Store

/// How the rows of a file's datasets are cut into blocks.
enum BlockCut {
    /// Blocks of datasets without chunks: small enough to shuffle well, large enough to read in one go.
    private static let plainBlockBytes = 1 << 16

    /// Smaller chunks are taken several at a time, so that the cost of handling a block stays small beside decoding it.
    private static let leastBlockBytes = 1 << 14

    /// The chunk rows of the widest dataset, or a multiple of it.
    static func rowsPerBlock(_ datasets: [HDF5Dataset]) -> Int {
        let rowBytes = max(1, datasets.reduce(0) { $0 + $1.rowBytes })
        guard let widest = datasets.max(by: { $0.rowBytes < $1.rowBytes }), let chunkRows = widest.chunkRows else {
            return max(1, plainBlockBytes / rowBytes)
        }
        let chunkBytes = max(1, chunkRows * rowBytes)
        return chunkRows * max(1, (leastBlockBytes + chunkBytes - 1) / chunkBytes)
    }

    /// Whether a chunk of this dataset serves several blocks.
    static func spansBlocks(_ dataset: HDF5Dataset, rowsPerBlock: Int) -> Bool {
        guard let chunkRows = dataset.chunkRows, dataset.libraryReason == nil else { return false }
        return rowsPerBlock % chunkRows != 0
    }
}
