internal import CHDF5
internal import Memory

/// Appends encoded chunks to a chunked dataset: they are handed to the library as they are stored.
///
/// Holds no chunk. Elements are encoded by `HDF5ChunkEncoder`, in any thread; chunks are written in order by one.
package final class HDF5ChunkWriter {
    let writer: HDF5FileWriter
    let name: String
    private let rowShape: [Int]
    private var dataset: HDF5Handle?

    /// Rows of a chunk; those of the last chunk behind the data are whatever was encoded.
    package let chunkRows: Int

    /// Rows so far.
    package private(set) var rowCount = 0

    init(
        _ writer: HDF5FileWriter, name: String, type: ScalarType, rowShape: Shape, chunkRows: Int, level: Int?
    ) throws(HDF5Error) {
        precondition(
            chunkRows > 0 && rowShape.elementCount > 0,
            "HDF5ChunkWriter: chunks of \(chunkRows) rows of \(rowShape) for \(name)")
        self.writer = writer
        self.name = name
        self.rowShape = rowShape.dimensions
        self.chunkRows = chunkRows
        let path = writer.path
        dataset = try HDF5Library.call { () throws(HDF5Error) -> HDF5Handle in
            let properties = try writer.creationProperties(name)
            let extents = [hsize_t(0)] + rowShape.dimensions.map { hsize_t($0) }
            let limits = [millrace_H5S_UNLIMITED()] + rowShape.dimensions.map { hsize_t($0) }
            let chunkExtents = [hsize_t(chunkRows)] + rowShape.dimensions.map { hsize_t($0) }
            try check(
                unsafe H5Pset_chunk(properties.id, Int32(chunkExtents.count), chunkExtents), .writeFailed, path: path,
                object: name, "cannot have chunks of \(chunkRows) rows")
            if HDF5ChunkEncoder.usesShuffle(level: level, elementSize: type.byteCount) { H5Pset_shuffle(properties.id) }
            if let level { H5Pset_deflate(properties.id, UInt32(min(9, level))) }
            let space = try HDF5Handle(
                unsafe H5Screate_simple(Int32(extents.count), extents, limits), close: H5Sclose, .writeFailed,
                path: path, object: name, "shape")
            let stored = try type.storedType(path: path, object: name)
            let access = try writer.accessProperties(name, cacheBytes: 0)
            return try HDF5Handle(
                unsafe H5Dcreate2(
                    try writer.file, name, stored.id, space.id, HDF5Library.defaults, properties.id, access.id),
                close: H5Dclose, .writeFailed, path: path, object: name, "cannot create the dataset")
        }
    }

    /// Appends the next chunk, of which `rows` rows count. Only the last chunk has fewer than `chunkRows`.
    package func append(_ stored: UnsafeRawBufferPointer, rows: Int) throws(HDF5Error) {
        precondition(
            1...chunkRows ~= rows && rowCount.isMultiple(of: chunkRows),
            "HDF5ChunkWriter: a chunk of \(rows) rows of \(name) behind \(rowCount) rows")
        let end = rowCount + rows
        let extents = [hsize_t(end)] + rowShape.map { hsize_t($0) }
        let place = [hsize_t(rowCount)] + rowShape.map { _ in hsize_t(0) }
        try HDF5Library.call { () throws(HDF5Error) in
            guard let id = dataset?.id else { preconditionFailure("HDF5ChunkWriter: used after finish()") }
            try check(
                unsafe H5Dset_extent(id, extents), .writeFailed, path: writer.path, object: name,
                "growing to \(end) rows failed")
            try check(
                unsafe H5Dwrite_chunk(id, HDF5Library.defaults, 0, place, stored.count, stored.baseAddress),
                .writeFailed, path: writer.path, object: name, "writing rows \(rowCount)..<\(end) failed")
        }
        rowCount = end
    }

    /// Closes the dataset.
    package func finish() { dataset = nil }
}
