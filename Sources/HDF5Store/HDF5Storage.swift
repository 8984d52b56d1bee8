internal import CHDF5
internal import Files

/// The way to a dataset's bytes.
enum HDF5Storage: Sendable {
    /// All rows lie one after the other at this offset of the file.
    case contiguous(offset: Int)

    /// The place of every chunk in the file is known: read and decode without the library.
    case chunks(ChunkTable)

    /// The library hands over stored chunks, which are decoded here.
    ///
    /// For indexes of a kind or size that `ChunkTable` does not take. The library finds one chunk
    /// in 1.2–1.8 µs (HDF5 1.10.8, 20,000 chunks, `H5Dread_chunk`), little beside decoding it.
    case storedChunks

    /// The library reads and decodes rows, one caller at a time: layouts and filters that are not decoded here.
    case library(reason: String)

    /// Whether decoding happens outside the library's lock.
    var isDecodedHere: Bool {
        if case .library = self { false } else { true }
    }

    // Called inside the library's lock, with the dataset open.
    static func locate(
        _ dataset: Opened, bytes: FileBytes, path: String, name: String
    ) throws(HDF5Error) -> HDF5Storage {
        switch dataset.layout {
        case .compact, .virtual, .external:
            return .library(reason: "\(dataset.layout) layout")
        case .contiguous:
            // The library adds the length of a user block itself.
            let offset = H5Dget_offset(dataset.id)
            guard offset != millrace_HADDR_UNDEF(), dataset.type.scalar != nil else {
                return .library(reason: "contiguous layout without bytes of its own in the file")
            }
            let length = dataset.shape.reduce(dataset.elementSize, *)
            guard Int(clamping: offset) <= bytes.byteCount - length else {
                throw HDF5Error(
                    .damaged, path: path, object: name,
                    "truncated: expected \(length) bytes at offset \(offset), found \(bytes.byteCount) bytes in all")
            }
            return .contiguous(offset: Int(offset))
        case .chunked(let extents):
            if let filter = dataset.filters.first(where: { !$0.isDecodedHere }) {
                guard filter.isInLibrary else {
                    throw HDF5Error(.unsupported, path: path, object: name, filter.unsupportedMessage)
                }
                return .library(reason: "filter \(filter)")
            }
            for filter in dataset.filters { try filter.checkParameters(path: path, object: name) }
            // "Do not filter partial edge chunks", an option of the latest format that only the library follows.
            var options: UInt32 = 0
            _ = unsafe H5Pget_chunk_opts(dataset.properties.id, &options)
            guard options == 0 else { return .library(reason: "partial edge chunks that are not filtered") }
            guard
                let table = try ChunkTable(dataset, chunk: extents, bytes: bytes, name: name)
            else { return .storedChunks }
            return .chunks(table)
        }
    }
}
