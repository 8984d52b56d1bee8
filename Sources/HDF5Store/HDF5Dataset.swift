internal import CHDF5
internal import Files
package import Memory

/// How a dataset's bytes lie in the file.
package enum HDF5Layout: Sendable, Equatable, CustomStringConvertible {
    case contiguous
    case chunked([Int])
    case compact
    case virtual
    case external

    package var description: String {
        switch self {
        case .contiguous: "contiguous"
        case .chunked(let extents): "chunks \(HDF5Dataset.describe(extents))"
        case .compact: "compact"
        case .virtual: "virtual"
        case .external: "in external files"
        }
    }
}

/// An open dataset: its metadata, and where its bytes are.
package final class HDF5Dataset: Sendable {
    package let file: HDF5File

    /// The path inside the file.
    package let name: String

    /// The extents; empty for a scalar.
    package let shape: [Int]
    package let type: HDF5Type
    package let layout: HDF5Layout

    /// The filters in the order of writing.
    package let filters: [HDF5Filter]

    /// Bytes of one element in the file.
    package let elementSize: Int

    /// One element of the fill value as it would be stored.
    package let fillValue: [UInt8]

    /// The file that holds the data: another one than `file` behind an external link.
    let bytes: FileBytes

    /// Other files that hold data, and what the library needs to read them: of virtual and external layouts.
    let parts: DatasetParts

    /// When the parts are looked at by the way.
    let partsCheck = RareCheck()

    /// The way to the bytes.
    let storage: HDF5Storage
    let handle: HDF5Handle

    // With `triesFirst` a child process opens it before.
    convenience init(file: HDF5File, name: String, triesFirst: Bool) throws(HDF5Error) {
        if triesFirst {
            try HDF5Library.call { () throws(HDF5Error) in
                try HDF5Probe.check(file.path, object: name, "opening it") {
                    try? HDF5Dataset(file: file, name: name, locatesStorage: true, mostMappings: 1000)
                        .findChunksThroughLibrary()
                }
            }
        }
        try self.init(file: file, name: name, locatesStorage: true)
    }

    // `locatesStorage` false leaves out the chunk table: for listings.
    init(
        file: HDF5File, name: String, locatesStorage: Bool, mostMappings: Int = .max
    ) throws(HDF5Error) {
        let path = file.path
        let opened = try HDF5Library.call { () throws(HDF5Error) -> Opened in
            guard file.isPresent(name) else {
                throw HDF5Error(.noObject, path: path, object: name, "there is no such dataset")
            }
            return try Opened(file: file, name: name)
        }
        bytes = try opened.dataBytes(file)
        self.file = file
        self.name = name
        shape = opened.shape
        type = opened.type
        layout = opened.layout
        filters = opened.filters
        elementSize = opened.elementSize
        fillValue = opened.fillValue
        if locatesStorage {
            let bytes = bytes
            parts = try HDF5Library.call { () throws(HDF5Error) -> DatasetParts in
                try DatasetParts(opened, path: path, name: name, mostMappings: mostMappings)
            }
            storage = try HDF5Library.call { () throws(HDF5Error) -> HDF5Storage in
                try HDF5Storage.locate(opened, bytes: bytes, path: path, name: name)
            }
        } else {
            parts = DatasetParts()
            storage = .library(reason: "it was opened for a listing")
        }
        handle = opened.takeHandle()
    }

    /// The rows: the first extent. A scalar has none.
    package var rowCount: Int { shape.first ?? 0 }

    /// The extents of one row.
    package var rowShape: Shape { Shape(Array(shape.dropFirst())) }

    /// Bytes of one row.
    package var rowBytes: Int { rowShape.elementCount * elementSize }

    /// What messages say about this dataset.
    package var listing: HDF5Listing {
        HDF5Listing(name: name, shape: shape, type: type, layout: layout, filters: filters)
    }

    /// Rows of one chunk, or nil when the layout has no chunks.
    package var chunkRows: Int? {
        guard case .chunked(let extents) = layout else { return nil }
        return extents.first
    }

    /// Decoded bytes of one chunk, or 0 without chunks.
    package var chunkBytes: Int {
        guard case .chunked(let extents) = layout else { return 0 }
        return extents.reduce(elementSize, *)
    }

    /// How many chunks the table has room for, 0 without chunks.
    package var chunkCount: Int {
        guard case .chunked(let extents) = layout else { return 0 }
        return zip(shape, extents).reduce(1) { $0 * (($1.0 + $1.1 - 1) / $1.1) }
    }

    /// Why rows go through the library under its lock, or nil when they are decoded here.
    package var libraryReason: String? {
        if case .library(let reason) = storage { reason } else { nil }
    }

    /// `(60000, 28, 28)`, `(100,)`, `()` for a scalar.
    static func describe(_ extents: [Int]) -> String { Shape(extents).description }
}
