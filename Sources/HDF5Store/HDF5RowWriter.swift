internal import CHDF5
internal import Memory

/// Appends rows to a chunked dataset: whole chunks are compressed here and handed to the library as they are stored.
///
/// Holds one chunk of rows, one shuffled and one compressed, whatever the number of rows.
package final class HDF5RowWriter {
    private let chunks: HDF5ChunkWriter
    private let encoder: HDF5ChunkEncoder
    private let rowBytes: Int
    private let elementSize: Int
    private let chunk: AlignedBuffer
    private let stored = GrowableBytes()
    private var rowsInChunk = 0

    /// Rows appended so far.
    package private(set) var rowCount = 0

    init(_ chunks: HDF5ChunkWriter, type: ScalarType, rowShape: Shape, level: Int?) {
        self.chunks = chunks
        encoder = HDF5ChunkEncoder(level: level)
        elementSize = type.byteCount
        rowBytes = rowShape.elementCount * elementSize
        chunk = AlignedBuffer(byteCount: chunks.chunkRows * rowBytes)
    }

    /// The most bytes that a writer of such a dataset holds: a chunk as it is, shuffled and compressed, and the
    /// compressor's tables. What the library keeps of the file's structure is the file's own.
    package static func heldBytes(rowBytes: Int, chunkRows: Int, level: Int? = 4) -> Int {
        let chunk = rowBytes * chunkRows
        // What does not compress grows by five bytes for some thousand, and by the format's header.
        return 3 * chunk + chunk / 512 + 4096 + HDF5ChunkEncoder.tableBytes(level: level)
    }

    /// Appends whole rows from memory in this machine's byte order (files are little-endian, as all such machines are).
    package func append(_ rows: UnsafeRawBufferPointer) throws(HDF5Error) {
        precondition(
            rows.count % rowBytes == 0, "HDF5RowWriter: \(rows.count) bytes are not whole rows of \(rowBytes)")
        var left = unsafe rows
        while left.count > 0 {
            let count = min(left.count / rowBytes, chunks.chunkRows - rowsInChunk)
            let part = unsafe UnsafeRawBufferPointer(rebasing: left[..<(count * rowBytes)])
            unsafe UnsafeMutableRawBufferPointer(rebasing: chunk.bytes[(rowsInChunk * rowBytes)...])
                .copyMemory(from: part)
            unsafe left = UnsafeRawBufferPointer(rebasing: left[(count * rowBytes)...])
            rowsInChunk += count
            rowCount += count
            if rowsInChunk == chunks.chunkRows { try flush() }
        }
    }

    /// Writes what is left and closes the dataset.
    package func finish() throws(HDF5Error) {
        if rowsInChunk > 0 {
            // Chunks are stored whole: the rows behind the data are zeros, so that the same rows give the same bytes.
            for index in (rowsInChunk * rowBytes)..<chunk.byteCount { unsafe chunk.bytes[index] = 0 }
            try flush()
        }
        chunks.finish()
    }

    private func flush() throws(HDF5Error) {
        stored.truncate(to: 0)
        unsafe encoder.encode(UnsafeRawBufferPointer(chunk.bytes), elementSize: elementSize, into: stored)
        try unsafe chunks.append(stored.bytes, rows: rowsInChunk)
        rowsInChunk = 0
    }
}
