internal import CHDF5
internal import Files

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

    /// The file that holds the object, and its name: another one than was opened behind an external link.
    let container: HDF5Handle
    let containerPath: String

    // Called inside the library's lock.
    init(file: HDF5File, name: String) throws(HDF5Error) {
        let path = file.path
        let handle = try Self.open(name, of: file)
        id = handle.id
        self.handle = consume handle
        let typeHandle = try HDF5Handle(
            H5Dget_type(id), close: H5Tclose, .damaged, path: path, object: name, "its type cannot be read")
        type = HDF5Type(typeHandle.id)
        elementSize = H5Tget_size(typeHandle.id)
        shape = try Self.extents(of: id, elementSize: elementSize, path: path, name: name)
        properties = try HDF5Handle(
            H5Dget_create_plist(id), close: H5Pclose, .damaged, path: path, object: name, "its properties")
        layout = try Self.layout(
            of: properties.id, rank: shape.count, elementSize: elementSize, path: path, name: name)
        // HDF5 1.10.8 would copy what lies behind a compact dataset that is shorter than its shape.
        let dataBytes = shape.reduce(elementSize, *)
        if layout == .compact, H5Dget_storage_size(id) < hsize_t(dataBytes) {
            throw HDF5Error(
                .damaged, path: path, object: name,
                "truncated: expected \(dataBytes) bytes in its header, found \(H5Dget_storage_size(id))")
        }
        filters = try HDF5Filter.pipeline(of: properties.id, path: path, object: name)
        // Only numbers have a fill value worth asking for: the library fails on some of the other types, and a damaged
        // file can have elements of gigabytes.
        fillValue =
            type.scalar == nil
            ? [] : try Self.fillValue(properties.id, type: typeHandle.id, count: elementSize, path: path, name: name)
        var address: haddr_t = 0
        var kind = H5O_TYPE_UNKNOWN
        var fileNumber: UInt = 0
        try check(
            unsafe millrace_object(id, &address, &fileNumber, &kind), .damaged, path: path, object: name, "its address")
        objectAddress = address
        container = try HDF5Handle(
            H5Iget_file_id(id), close: H5Fclose, .damaged, path: path, object: name, "its file")
        guard let place = HDF5Library.path(of: container.id) else {
            throw HDF5Error(.damaged, path: path, object: name, "its file's name: \(HDF5Library.errorText())")
        }
        containerPath = place
    }

    /// The bytes of the file that holds the object.
    func dataBytes(_ file: HDF5File) throws(HDF5Error) -> FileBytes {
        if containerPath == file.path { return file.bytes }
        return try HDF5Error.ofFile { () throws(FileError) in try FileBytes(path: containerPath) }
    }

    // Opens the dataset with a chunk cache of known size. The parts of a virtual one have such a cache each, and share
    // one size between them.
    private static func open(_ name: String, of file: HDF5File) throws(HDF5Error) -> HDF5Handle {
        let whole = HDF5Library.chunkCacheBytes
        do {
            let found = try open(name, of: file, cacheBytes: whole)
            let parts = try DatasetParts.mappingCount(of: found.id, path: file.path, name: name)
            guard parts > DatasetParts.cachesAtOnce else { return found }
            // What is open keeps its cache: it is closed before it is opened again.
        }
        return try open(name, of: file, cacheBytes: 0)
    }

    private static func open(_ name: String, of file: HDF5File, cacheBytes: Int) throws(HDF5Error) -> HDF5Handle {
        let access = try HDF5Handle(
            H5Pcreate(millrace_H5P_DATASET_ACCESS()), close: H5Pclose, .readFailed, path: file.path, object: name,
            "properties")
        try check(
            H5Pset_chunk_cache(access.id, HDF5Library.chunkCacheSlots, cacheBytes, 0.75), .readFailed,
            path: file.path, object: name, "properties")
        return try HDF5Handle(
            unsafe H5Dopen2(file.handle.id, name, access.id), close: H5Dclose, .noObject, path: file.path,
            object: name, "it is not a dataset that can be opened")
    }

    func takeHandle() -> HDF5Handle {
        guard let handle = handle.take() else { preconditionFailure("Opened: the handle was taken before") }
        return handle
    }

    private static func fillValue(
        _ properties: hid_t, type: hid_t, count: Int, path: String, name: String
    ) throws(HDF5Error) -> [UInt8] {
        var fill = [UInt8](repeating: 0, count: count)
        // Without this question a fill value of a size but without a value crashes HDF5 1.10.8.
        var state = H5D_FILL_VALUE_ERROR
        try check(
            unsafe H5Pfill_value_defined(properties, &state), .damaged, path: path, object: name,
            "its fill value cannot be read")
        if state == H5D_FILL_VALUE_USER_DEFINED { _ = unsafe H5Pget_fill_value(properties, type, &fill) }
        return fill
    }

    private static func extents(
        of id: hid_t, elementSize: Int, path: String, name: String
    ) throws(HDF5Error) -> [Int] {
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
        var product = max(1, elementSize)
        for extent in extents {
            let (next, overflow) = product.multipliedReportingOverflow(by: max(1, Int(clamping: extent)))
            guard !overflow, next < Int.max >> 8 else {
                throw HDF5Error(.damaged, path: path, object: name, "its shape \(extents) is too large")
            }
            product = next
        }
        return extents.map { Int($0) }
    }

    /// The greatest extents, nil for an axis without bound. Called inside the library's lock.
    func limits(_ path: String, _ name: String) throws(HDF5Error) -> [Int?] {
        let space = try HDF5Handle(
            H5Dget_space(id), close: H5Sclose, .damaged, path: path, object: name, "its shape cannot be read")
        var limits = [hsize_t](repeating: 0, count: shape.count)
        try check(
            unsafe H5Sget_simple_extent_dims(space.id, nil, &limits), .damaged, path: path, object: name,
            "its greatest shape cannot be read")
        return limits.map { $0 == millrace_H5S_UNLIMITED() ? nil : Int(clamping: $0) }
    }

    private static func layout(
        of properties: hid_t, rank: Int, elementSize: Int, path: String, name: String
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
            guard extents.reduce(Double(elementSize), { $0 * Double($1) }) <= Double(UInt32.max) else {
                throw HDF5Error(.damaged, path: path, object: name, "its chunk shape \(extents) is too large")
            }
            return .chunked(extents.map { Int($0) })
        default: return .virtual
        }
    }
}
