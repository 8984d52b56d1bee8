internal import CHDF5

extension HDF5File {
    /// Whole arrays of more elements than this are not read: the values of weights, not of datasets.
    private static let mostElements = 1 << 31

    /// The extents of a dataset; empty for a scalar.
    package func shape(of name: String) throws(HDF5Error) -> [Int] {
        try HDF5Dataset(file: self, name: name, locatesStorage: false).shape
    }

    /// All elements of a dataset of numbers, converted to float32 by the library.
    package func readFloats(_ name: String) throws(HDF5Error) -> [Float] {
        let count = try elementCount(of: name)
        var values = [Float](repeating: 0, count: count)
        try HDF5Library.call { () throws(HDF5Error) in
            try unsafe read(name, as: millrace_native_type(1, 1, 4), into: &values)
        }
        return values
    }

    /// All elements of a dataset of integers.
    package func readIntegers(_ name: String) throws(HDF5Error) -> [Int64] {
        let count = try elementCount(of: name)
        var values = [Int64](repeating: 0, count: count)
        try HDF5Library.call { () throws(HDF5Error) in
            try unsafe read(name, as: millrace_native_type(0, 1, 8), into: &values)
        }
        return values
    }

    /// A scalar integer, or the only element of an array of one.
    package func readInteger(_ name: String) throws(HDF5Error) -> Int64 {
        let values = try readIntegers(name)
        guard values.count == 1 else {
            throw HDF5Error(.damaged, path: path, object: name, "expected one integer, found \(values.count)")
        }
        return values[0]
    }

    /// A text attribute of a group or dataset, or nil when there is none of that name.
    package func stringAttribute(_ name: String, of object: String) throws(HDF5Error) -> String? {
        try HDF5Library.call { () throws(HDF5Error) -> String? in
            let owner = try HDF5Handle(
                unsafe H5Oopen(handle.id, object, HDF5Library.defaults), close: H5Oclose, .noObject, path: path,
                object: object, "there is no such object")
            guard unsafe H5Aexists(owner.id, name) > 0 else { return nil }
            let attribute = try HDF5Handle(
                unsafe H5Aopen(owner.id, name, HDF5Library.defaults), close: H5Aclose, .damaged, path: path,
                object: object, "attribute \(name)")
            let type = try HDF5Handle(
                H5Aget_type(attribute.id), close: H5Tclose, .damaged, path: path, object: object, "attribute \(name)")
            let space = try HDF5Handle(
                H5Aget_space(attribute.id), close: H5Sclose, .damaged, path: path, object: object, "attribute \(name)")
            guard H5Tget_class(type.id) == H5T_STRING, H5Sget_simple_extent_npoints(space.id) == 1 else {
                throw HDF5Error(.unsupported, path: path, object: object, "attribute \(name) is not one string")
            }
            if H5Tis_variable_str(type.id) > 0 {
                var text: UnsafeMutablePointer<CChar>?
                try check(
                    unsafe H5Aread(attribute.id, type.id, &text), .damaged, path: path, object: object,
                    "attribute \(name)")
                guard let text = unsafe text else { return "" }
                defer { _ = unsafe H5free_memory(text) }
                return unsafe String(cString: text)
            }
            var bytes = [UInt8](repeating: 0, count: max(1, H5Tget_size(type.id)))
            try check(
                unsafe H5Aread(attribute.id, type.id, &bytes), .damaged, path: path, object: object, "attribute \(name)"
            )
            return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private func elementCount(of name: String) throws(HDF5Error) -> Int {
        let dataset = try HDF5Dataset(file: self, name: name, locatesStorage: false)
        guard dataset.type.scalar != nil else {
            throw HDF5Error(.unsupported, path: path, object: name, "expected numbers, found \(dataset.type)")
        }
        let count = dataset.shape.reduce(1, *)
        guard count <= Self.mostElements else {
            throw HDF5Error(.damaged, path: path, object: name, "its shape \(dataset.shape) is too large")
        }
        return count
    }

    private func read(_ name: String, as type: hid_t, into values: UnsafeMutableRawPointer) throws(HDF5Error) {
        let dataset = try HDF5Handle(
            unsafe H5Dopen2(handle.id, name, HDF5Library.defaults), close: H5Dclose, .noObject, path: path,
            object: name, "there is no such dataset")
        try check(
            unsafe H5Dread(
                dataset.id, type, HDF5Library.all, HDF5Library.all, HDF5Library.defaults, values),
            .corrupt, path: path, object: name, "reading it failed")
    }
}
