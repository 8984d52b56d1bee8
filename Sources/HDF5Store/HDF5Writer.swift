internal import CHDF5
package import Memory

/// Writes groups, small arrays and attributes; `HDF5FileWriter` says where to.
///
/// Nothing that is written depends on the clock: the same calls give the same bytes. Groups on the way to an object are
/// created with it.
package class HDF5Writer {
    let path: String
    var handle: HDF5Handle?

    init(path: String, handle: consuming HDF5Handle) {
        self.path = path
        self.handle = consume handle
    }

    /// Creates a group; one that is there already stays as it is.
    package func createGroup(_ name: String) throws(HDF5Error) {
        try HDF5Library.call { () throws(HDF5Error) in
            var partial = ""
            for component in name.split(separator: "/") {
                partial += "/" + component
                if unsafe H5Lexists(try file, partial, HDF5Library.defaults) > 0 { continue }
                let properties = try HDF5Handle(
                    H5Pcreate(millrace_H5P_GROUP_CREATE()), close: H5Pclose, .writeFailed, path: path, "properties")
                H5Pset_obj_track_times(properties.id, false)
                _ = try HDF5Handle(
                    unsafe H5Gcreate2(
                        try file, partial, HDF5Library.defaults, properties.id, HDF5Library.defaults),
                    close: H5Gclose, .writeFailed, path: path, object: partial, "cannot create the group")
            }
        }
    }

    /// Writes an array of float32; an empty `shape` makes a scalar.
    package func writeFloats(_ name: String, shape: [Int], _ values: [Float]) throws(HDF5Error) {
        try unsafe values.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in
            try unsafe write(name, .float32, shape: shape, bytes)
        }
    }

    /// Writes an array of int64; an empty `shape` makes a scalar.
    package func writeIntegers(_ name: String, shape: [Int] = [], _ values: [Int64]) throws(HDF5Error) {
        try unsafe values.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in
            try unsafe write(name, .int64, shape: shape, bytes)
        }
    }

    /// Writes an array of int32; an empty `shape` makes a scalar.
    package func writeIntegers(_ name: String, shape: [Int] = [], _ values: [Int32]) throws(HDF5Error) {
        try unsafe values.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in
            try unsafe write(name, .int32, shape: shape, bytes)
        }
    }

    /// Writes an array of `type` from memory in this machine's byte order; an empty `shape` makes a scalar.
    package func write(
        _ name: String, _ type: ScalarType, shape: [Int], _ bytes: UnsafeRawBufferPointer
    ) throws(HDF5Error) {
        precondition(
            bytes.count == shape.reduce(type.byteCount, *),
            "HDF5Writer: \(bytes.count) bytes for \(name) of shape \(shape)")
        try createParents(of: name)
        try HDF5Library.call { () throws(HDF5Error) in
            let space: HDF5Handle
            if shape.isEmpty {
                space = try HDF5Handle(
                    H5Screate(H5S_SCALAR), close: H5Sclose, .writeFailed, path: path, object: name, "shape")
            } else {
                let extents = shape.map { hsize_t($0) }
                space = try HDF5Handle(
                    unsafe H5Screate_simple(Int32(extents.count), extents, nil), close: H5Sclose, .writeFailed,
                    path: path, object: name, "shape")
            }
            let properties = try creationProperties(name)
            let stored = try type.storedType(path: path, object: name)
            let dataset = try HDF5Handle(
                unsafe H5Dcreate2(
                    try file, name, stored.id, space.id, HDF5Library.defaults, properties.id, HDF5Library.defaults),
                close: H5Dclose, .writeFailed, path: path, object: name, "cannot create the dataset")
            guard bytes.count > 0 else { return }
            try check(
                unsafe H5Dwrite(
                    dataset.id, stored.id, HDF5Library.all, HDF5Library.all, HDF5Library.defaults,
                    bytes.baseAddress),
                .writeFailed, path: path, object: name, "writing failed")
        }
    }

    /// Sets a text attribute of a group or dataset, as h5py does: of variable length, in UTF-8.
    package func setAttribute(_ name: String, of object: String, _ value: String) throws(HDF5Error) {
        try setAttribute(name, of: object, [value], isScalar: true)
    }

    /// The most texts of an attribute of several: what fits the header of its object.
    package static let mostAttributeTexts = 4000

    /// Sets an attribute of several texts, at least one and at most `mostAttributeTexts`.
    package func setAttribute(_ name: String, of object: String, _ values: [String]) throws(HDF5Error) {
        precondition(
            1...Self.mostAttributeTexts ~= values.count, "HDF5Writer: \(values.count) texts in attribute \(name)")
        try setAttribute(name, of: object, values, isScalar: false)
    }

    private func setAttribute(
        _ name: String, of object: String, _ values: [String], isScalar: Bool
    ) throws(HDF5Error) {
        try HDF5Library.call { () throws(HDF5Error) in
            let type = try Self.textType(path: path)
            // The texts one after the other, each with its end.
            let bytes = values.flatMap { Array($0.utf8CString) }
            let status = try unsafe bytes.withUnsafeBufferPointer { bytes throws(HDF5Error) in
                var texts: [UnsafePointer<CChar>?] = unsafe []
                var start = 0
                for value in values {
                    unsafe texts.append(bytes.baseAddress.map { unsafe $0 + start })
                    start += value.utf8.count + 1
                }
                let attribute = try createAttribute(name, of: object, type, isScalar ? [] : [values.count])
                return unsafe H5Awrite(attribute.id, type.id, texts)
            }
            try check(status, .writeFailed, path: path, object: object, "writing attribute \(name) failed")
        }
    }

    /// Sets an attribute that is a list of integers.
    package func setAttribute(_ name: String, of object: String, _ values: [Int]) throws(HDF5Error) {
        try HDF5Library.call { () throws(HDF5Error) in
            let type = try ScalarType.int64.storedType(path: path, object: object)
            let attribute = try createAttribute(name, of: object, type, [values.count])
            let numbers = values.map { Int64($0) }
            try check(
                unsafe H5Awrite(attribute.id, type.id, numbers), .writeFailed, path: path, object: object,
                "writing attribute \(name) failed")
        }
    }

    // An attribute without its value; no extents make a scalar.
    private func createAttribute(
        _ name: String, of object: String, _ type: borrowing HDF5Handle, _ shape: [Int]
    ) throws(HDF5Error) -> HDF5Handle {
        let owner = try HDF5Handle(
            unsafe H5Oopen(try file, object, HDF5Library.defaults), close: H5Oclose, .noObject, path: path,
            object: object, "there is no such object")
        let extents = shape.map { hsize_t($0) }
        let space = try HDF5Handle(
            unsafe shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(extents.count), extents, nil),
            close: H5Sclose, .writeFailed, path: path, "shape")
        return try HDF5Handle(
            unsafe H5Acreate2(owner.id, name, type.id, space.id, HDF5Library.defaults, HDF5Library.defaults),
            close: H5Aclose, .writeFailed, path: path, object: object, "cannot create attribute \(name)")
    }

    // Text of variable length in UTF-8.
    static func textType(path: String) throws(HDF5Error) -> HDF5Handle {
        let type = try HDF5Handle(
            H5Tcopy(millrace_H5T_C_S1()), close: H5Tclose, .writeFailed, path: path, "text type")
        H5Tset_size(type.id, millrace_H5T_VARIABLE())
        H5Tset_cset(type.id, H5T_CSET_UTF8)
        return type
    }

    // The identifier of the open file.
    var file: hid_t {
        get throws(HDF5Error) {
            guard let id = handle?.id else { preconditionFailure("HDF5Writer: used after its end") }
            return id
        }
    }

    // Properties without times.
    func creationProperties(_ name: String) throws(HDF5Error) -> HDF5Handle {
        let properties = try HDF5Handle(
            H5Pcreate(millrace_H5P_DATASET_CREATE()), close: H5Pclose, .writeFailed, path: path, object: name,
            "properties")
        H5Pset_obj_track_times(properties.id, false)
        return properties
    }

    // Properties of an open dataset whose chunks in memory take at most `cacheBytes`.
    func accessProperties(_ name: String, cacheBytes: Int) throws(HDF5Error) -> HDF5Handle {
        let properties = try HDF5Handle(
            H5Pcreate(millrace_H5P_DATASET_ACCESS()), close: H5Pclose, .writeFailed, path: path, object: name,
            "properties")
        try check(
            H5Pset_chunk_cache(properties.id, cacheBytes == 0 ? 0 : 1, cacheBytes, 1), .writeFailed, path: path,
            object: name, "properties")
        return properties
    }

    func createParents(of name: String) throws(HDF5Error) {
        let components = name.split(separator: "/")
        if components.count > 1 { try createGroup(components.dropLast().joined(separator: "/")) }
    }
}
