internal import CHDF5
internal import Codecs
internal import Memory

/// Appends rows to a chunked dataset: whole chunks are compressed here and handed to the library as they are stored.
///
/// Holds one chunk of rows, and one compressed, whatever the number of rows.
package final class HDF5RowWriter {
    private let writer: HDF5FileWriter
    private let name: String
    private let rowShape: [Int]
    private let rowBytes: Int
    private let elementSize: Int
    private let chunkRows: Int
    private var dataset: HDF5Handle?
    private var deflater: Deflater?
    private let chunk: AlignedBuffer
    private let shuffled: AlignedBuffer
    private let compressed: AlignedBuffer
    private var rowsInChunk = 0

    /// Rows appended so far.
    package private(set) var rowCount = 0

    init(
        _ writer: HDF5FileWriter, name: String, type: ScalarType, rowShape: Shape, chunkRows: Int, level: Int?
    ) throws(HDF5Error) {
        precondition(
            chunkRows > 0 && rowShape.elementCount > 0,
            "HDF5RowWriter: chunks of \(chunkRows) rows of \(rowShape) for \(name)")
        self.writer = writer
        self.name = name
        self.rowShape = rowShape.dimensions
        self.chunkRows = chunkRows
        elementSize = type.byteCount
        rowBytes = rowShape.elementCount * elementSize
        chunk = AlignedBuffer(byteCount: chunkRows * rowBytes)
        let usesShuffle = level != nil && elementSize > 1
        shuffled = AlignedBuffer(byteCount: usesShuffle ? chunk.byteCount : 0)
        if let level {
            let deflater = Deflater(level: level)
            compressed = AlignedBuffer(byteCount: deflater.bound(of: chunk.byteCount))
            self.deflater = consume deflater
        } else {
            compressed = AlignedBuffer(byteCount: 0)
        }
        let path = writer.path
        dataset = try HDF5Library.call { () throws(HDF5Error) -> HDF5Handle in
            let properties = try writer.creationProperties(name)
            let extents = [hsize_t(0)] + rowShape.dimensions.map { hsize_t($0) }
            let limits = [millrace_H5S_UNLIMITED()] + rowShape.dimensions.map { hsize_t($0) }
            let chunkExtents = [hsize_t(chunkRows)] + rowShape.dimensions.map { hsize_t($0) }
            try check(
                unsafe H5Pset_chunk(properties.id, Int32(chunkExtents.count), chunkExtents), .writeFailed, path: path,
                object: name, "cannot have chunks of \(chunkRows) rows")
            if usesShuffle { H5Pset_shuffle(properties.id) }
            if let level { H5Pset_deflate(properties.id, UInt32(min(9, level))) }
            let space = try HDF5Handle(
                unsafe H5Screate_simple(Int32(extents.count), extents, limits), close: H5Sclose, .writeFailed,
                path: path, object: name, "shape")
            return try HDF5Handle(
                unsafe H5Dcreate2(
                    try writer.file, name, type.fileType, space.id, HDF5Library.defaults, properties.id,
                    HDF5Library.defaults),
                close: H5Dclose, .writeFailed, path: path, object: name, "cannot create the dataset")
        }
    }

    /// Appends whole rows from memory in this machine's byte order (files are little-endian, as all such machines are).
    package func append(_ rows: UnsafeRawBufferPointer) throws(HDF5Error) {
        precondition(
            rows.count % rowBytes == 0, "HDF5RowWriter: \(rows.count) bytes are not whole rows of \(rowBytes)")
        var left = unsafe rows
        while left.count > 0 {
            let count = min(left.count / rowBytes, chunkRows - rowsInChunk)
            let part = unsafe UnsafeRawBufferPointer(rebasing: left[..<(count * rowBytes)])
            unsafe UnsafeMutableRawBufferPointer(rebasing: chunk.bytes[(rowsInChunk * rowBytes)...])
                .copyMemory(from: part)
            unsafe left = UnsafeRawBufferPointer(rebasing: left[(count * rowBytes)...])
            rowsInChunk += count
            rowCount += count
            if rowsInChunk == chunkRows { try flush() }
        }
    }

    /// Writes what is left and closes the dataset.
    package func finish() throws(HDF5Error) {
        if rowsInChunk > 0 {
            // Chunks are stored whole: the rows behind the data are zeros, so that the same rows give the same bytes.
            for index in (rowsInChunk * rowBytes)..<chunk.byteCount { unsafe chunk.bytes[index] = 0 }
            try flush()
        }
        dataset = nil
    }

    private func flush() throws(HDF5Error) {
        let first = rowCount - rowsInChunk
        var source = unsafe UnsafeRawBufferPointer(chunk.bytes)
        if deflater != nil {
            if elementSize > 1 {
                unsafe ByteShuffle.shuffle(source, into: shuffled.bytes, elementSize: elementSize)
                unsafe source = UnsafeRawBufferPointer(shuffled.bytes)
            }
            let length = unsafe deflater?.compress(source, into: compressed.bytes) ?? 0
            unsafe source = UnsafeRawBufferPointer(rebasing: compressed.bytes[..<length])
        }
        let extents = [hsize_t(rowCount)] + rowShape.map { hsize_t($0) }
        let place = [hsize_t(first)] + rowShape.map { _ in hsize_t(0) }
        try HDF5Library.call { () throws(HDF5Error) in
            guard let id = dataset?.id else { preconditionFailure("HDF5RowWriter: used after finish()") }
            try check(
                unsafe H5Dset_extent(id, extents), .writeFailed, path: writer.path, object: name,
                "growing to \(rowCount) rows failed")
            try check(
                unsafe H5Dwrite_chunk(id, HDF5Library.defaults, 0, place, source.count, source.baseAddress),
                .writeFailed, path: writer.path, object: name, "writing rows \(first)..<\(rowCount) failed")
        }
        rowsInChunk = 0
    }
}
