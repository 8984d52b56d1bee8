internal import CHDF5
package import Memory

/// What the rows of a dataset of differing lengths are.
package enum HDF5ListElement: Sendable, Hashable {
    /// Numbers: `H5T_VLEN` of their type.
    case number(ScalarType)
    /// Text of variable length in UTF-8.
    case text
}

/// Appends rows of differing lengths to a dataset: lists of numbers, or text.
///
/// The library stores the lists one after the other in the file's heaps, uncompressed, as the format has it; the
/// dataset holds where each begins. Memory is that of the library's caches, whatever the number of rows.
package final class HDF5ListWriter {
    /// Rows of a chunk of places: 16 bytes each.
    static let chunkRows = 1024

    /// Bytes that a writer holds besides what is being appended: a chunk of places, and its dataset.
    package static let heldBytes = 2 * chunkRows * placeBytes

    private static let placeBytes = 16

    private let writer: HDF5FileWriter
    private let name: String
    private let element: HDF5ListElement
    private var dataset: HDF5Handle?

    /// Rows so far.
    package private(set) var rowCount = 0

    init(_ writer: HDF5FileWriter, name: String, element: HDF5ListElement) throws(HDF5Error) {
        self.writer = writer
        self.name = name
        self.element = element
        let path = writer.path
        dataset = try HDF5Library.call { () throws(HDF5Error) -> HDF5Handle in
            let properties = try writer.creationProperties(name)
            var chunk = hsize_t(Self.chunkRows)
            try check(
                unsafe H5Pset_chunk(properties.id, 1, &chunk), .writeFailed, path: path, object: name,
                "cannot have chunks of \(chunk) rows")
            var extent = hsize_t(0)
            var limit = millrace_H5S_UNLIMITED()
            let space = try HDF5Handle(
                unsafe H5Screate_simple(1, &extent, &limit), close: H5Sclose, .writeFailed, path: path, object: name,
                "shape")
            let type = try Self.type(element, path: path, object: name)
            // Rows come in any number: the chunk that is not full yet stays in memory.
            let access = try writer.accessProperties(name, cacheBytes: Self.chunkRows * Self.placeBytes)
            return try HDF5Handle(
                unsafe H5Dcreate2(
                    try writer.file, name, type.id, space.id, HDF5Library.defaults, properties.id, access.id),
                close: H5Dclose, .writeFailed, path: path, object: name, "cannot create the dataset")
        }
    }

    private static func type(
        _ element: HDF5ListElement, path: String, object: String
    ) throws(HDF5Error) -> HDF5Handle {
        switch element {
        case .text: return try HDF5Writer.textType(path: path)
        case .number(let number):
            let base = try number.storedType(path: path, object: object)
            return try HDF5Handle(
                H5Tvlen_create(base.id), close: H5Tclose, .writeFailed, path: path, object: object, "type of lists")
        }
    }

    /// Appends rows that lie one after the other in `bytes`, each up to its end in `ends`.
    ///
    /// Numbers are in this machine's byte order. A row of text ends with a zero byte, and has no other: the library
    /// would take what follows for the next thing.
    package func append(_ bytes: UnsafeRawBufferPointer, ends: [Int]) throws(HDF5Error) {
        guard !ends.isEmpty else { return }
        precondition(ends[ends.count - 1] == bytes.count, "HDF5ListWriter: \(bytes.count) bytes in \(name)")
        switch element {
        case .text:
            var texts: [UnsafeRawPointer?] = unsafe []
            unsafe texts.reserveCapacity(ends.count)
            var start = 0
            for end in ends {
                precondition(
                    unsafe end > start && bytes[end - 1] == 0, "HDF5ListWriter: a text without its end in \(name)")
                unsafe texts.append(bytes.baseAddress.map { unsafe $0 + start })
                start = end
            }
            try unsafe write(texts)
        case .number(let number):
            var lists: [hvl_t] = unsafe []
            unsafe lists.reserveCapacity(ends.count)
            var start = 0
            for end in ends {
                precondition(
                    end >= start && (end - start).isMultiple(of: number.byteCount),
                    "HDF5ListWriter: \(end - start) bytes are no \(number) in \(name)")
                // The library takes a list without address for one that is not there, whatever its length.
                let address = unsafe bytes.baseAddress.map { unsafe UnsafeMutableRawPointer(mutating: $0) + start }
                unsafe lists.append(hvl_t(len: (end - start) / number.byteCount, p: address))
                start = end
            }
            try unsafe write(lists)
        }
    }

    private func write<Place>(_ places: [Place]) throws(HDF5Error) {
        let path = writer.path
        let end = rowCount + places.count
        try HDF5Library.call { () throws(HDF5Error) in
            guard let id = dataset?.id else { preconditionFailure("HDF5ListWriter: used after finish()") }
            var extent = hsize_t(end)
            try check(
                unsafe H5Dset_extent(id, &extent), .writeFailed, path: path, object: name,
                "growing to \(end) rows failed")
            let type = try Self.type(element, path: path, object: name)
            var first = hsize_t(rowCount)
            var count = hsize_t(places.count)
            let memory = try HDF5Handle(
                unsafe H5Screate_simple(1, &count, nil), close: H5Sclose, .writeFailed, path: path, object: name,
                "shape")
            let file = try HDF5Handle(
                H5Dget_space(id), close: H5Sclose, .writeFailed, path: path, object: name, "shape")
            try check(
                unsafe H5Sselect_hyperslab(file.id, H5S_SELECT_SET, &first, nil, &count, nil), .writeFailed,
                path: path, object: name, "selecting rows \(rowCount)..<\(end) failed")
            let status = unsafe places.withUnsafeBytes { places in
                unsafe H5Dwrite(id, type.id, memory.id, file.id, HDF5Library.defaults, places.baseAddress)
            }
            try check(
                status, .writeFailed, path: path, object: name, "writing rows \(rowCount)..<\(end) failed")
        }
        rowCount = end
    }

    /// Writes what the library still holds of the dataset and closes it.
    package func finish() throws(HDF5Error) {
        try HDF5Library.call { () throws(HDF5Error) in
            guard let id = dataset?.id else { preconditionFailure("HDF5ListWriter: finished twice") }
            // Closing alone would lose the chunk in memory when the disk is full, and say nothing.
            try check(H5Dflush(id), .writeFailed, path: writer.path, object: name, "writing its last rows failed")
        }
        dataset = nil
    }
}
