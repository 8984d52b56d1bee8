internal import CHDF5
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

    /// The way to the bytes.
    let storage: HDF5Storage
    let handle: HDF5Handle

    convenience init(file: HDF5File, name: String) throws(HDF5Error) {
        try self.init(file: file, name: name, locatesStorage: true)
    }

    // `locatesStorage` false leaves out the chunk table: for listings.
    init(file: HDF5File, name: String, locatesStorage: Bool) throws(HDF5Error) {
        let path = file.path
        let opened = try HDF5Library.call { () throws(HDF5Error) -> Opened in
            guard file.isPresent(name) else {
                throw HDF5Error(.noObject, path: path, object: name, "there is no such dataset")
            }
            return try Opened(file: file, name: name)
        }
        self.file = file
        self.name = name
        shape = opened.shape
        type = opened.type
        layout = opened.layout
        filters = opened.filters
        elementSize = opened.elementSize
        fillValue = opened.fillValue
        if locatesStorage {
            storage = try HDF5Library.call { () throws(HDF5Error) -> HDF5Storage in
                try HDF5Storage.locate(opened, file: file, name: name)
            }
        } else {
            storage = .library
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
        switch storage {
        case .library:
            if let filter = filters.first(where: { !$0.isDecodedHere }) { return "filter \(filter)" }
            return "\(layout) layout"
        default: return nil
        }
    }

    /// `(60000, 28, 28)`, `(100,)`, `()` for a scalar.
    static func describe(_ extents: [Int]) -> String { Shape(extents).description }
}

/// What the library says about a dataset that was just opened.
final class Opened {
    private var handle: HDF5Handle?
    let id: hid_t
    let properties: HDF5Handle
    let shape: [Int]
    let type: HDF5Type
    let elementSize: Int
    let layout: HDF5Layout
    let filters: [HDF5Filter]
    let fillValue: [UInt8]
    let objectAddress: haddr_t

    // Called inside the library's lock.
    init(file: HDF5File, name: String) throws(HDF5Error) {
        let path = file.path
        let handle = try HDF5Handle(
            unsafe H5Dopen2(file.handle.id, name, HDF5Library.defaults), close: H5Dclose, .noObject, path: path,
            object: name, "it is not a dataset that can be opened")
        id = handle.id
        self.handle = consume handle
        let typeHandle = try HDF5Handle(
            H5Dget_type(id), close: H5Tclose, .damaged, path: path, object: name, "its type cannot be read")
        type = HDF5Type(typeHandle.id)
        elementSize = H5Tget_size(typeHandle.id)
        shape = try Self.extents(of: id, path: path, name: name)
        properties = try HDF5Handle(
            H5Dget_create_plist(id), close: H5Pclose, .damaged, path: path, object: name, "its properties")
        layout = try Self.layout(of: properties.id, rank: shape.count, path: path, name: name)
        filters = try HDF5Filter.pipeline(of: properties.id, path: path, object: name)
        var fill = [UInt8](repeating: 0, count: elementSize)
        // Only numbers have a fill value worth asking for; the library fails on some of the other types.
        if type.scalar != nil { _ = unsafe H5Pget_fill_value(properties.id, typeHandle.id, &fill) }
        fillValue = fill
        var address: haddr_t = 0
        var kind = H5O_TYPE_UNKNOWN
        try check(unsafe millrace_object(id, &address, &kind), .damaged, path: path, object: name, "its address")
        objectAddress = address
    }

    func takeHandle() -> HDF5Handle {
        guard let handle = handle.take() else { preconditionFailure("Opened: the handle was taken before") }
        return handle
    }

    private static func extents(of id: hid_t, path: String, name: String) throws(HDF5Error) -> [Int] {
        let space = try HDF5Handle(
            H5Dget_space(id), close: H5Sclose, .damaged, path: path, object: name, "its shape cannot be read")
        let rank = H5Sget_simple_extent_ndims(space.id)
        try check(rank, .damaged, path: path, object: name, "its shape cannot be read")
        var extents = [hsize_t](repeating: 0, count: Int(rank))
        if rank > 0 {
            try check(
                unsafe H5Sget_simple_extent_dims(space.id, &extents, nil), .damaged, path: path, object: name,
                "its shape cannot be read")
        }
        // The product of extents and element size must fit an Int, or every later sum could overflow.
        var product = 1
        for extent in extents {
            let (next, overflow) = product.multipliedReportingOverflow(by: max(1, Int(clamping: extent)))
            guard !overflow, next < Int.max >> 8 else {
                throw HDF5Error(.damaged, path: path, object: name, "its shape \(extents) is too large")
            }
            product = next
        }
        return extents.map { Int($0) }
    }

    private static func layout(
        of properties: hid_t, rank: Int, path: String, name: String
    ) throws(HDF5Error) -> HDF5Layout {
        switch H5Pget_layout(properties) {
        case H5D_CONTIGUOUS: return H5Pget_external_count(properties) > 0 ? .external : .contiguous
        case H5D_COMPACT: return .compact
        case H5D_CHUNKED:
            var extents = [hsize_t](repeating: 0, count: rank)
            let found = unsafe H5Pget_chunk(properties, Int32(rank), &extents)
            guard found == rank, extents.allSatisfy({ $0 > 0 && $0 <= UInt32.max }) else {
                throw HDF5Error(.damaged, path: path, object: name, "its chunk shape cannot be read")
            }
            // The format holds a chunk's size in 32 bits.
            guard extents.reduce(1.0, { $0 * Double($1) }) <= Double(UInt32.max) else {
                throw HDF5Error(.damaged, path: path, object: name, "its chunk shape \(extents) is too large")
            }
            return .chunked(extents.map { Int($0) })
        default: return .virtual
        }
    }
}
