internal import CHDF5
package import Files

/// A file open for reading.
package final class HDF5File: Sendable {
    /// The file's path, or the name that was given for it: for messages.
    package let path: String

    /// The bytes of the file.
    package let bytes: FileBytes

    let handle: HDF5Handle

    /// Opens a file read-only.
    ///
    /// Fails with `missing` or `permission` when the system says so, and `damaged` when the content is not HDF5 or cut.
    /// Stored data is read by `calls`.
    ///
    /// - Parameter name: stands for the path in messages.
    package init(path: String, name: String? = nil, calls: FileCalls = .system) throws(HDF5Error) {
        let place = path
        let path = name ?? path
        let bytes = try HDF5Error.ofFile { () throws(FileError) in try FileBytes(path: place, calls: calls) }
        handle = try HDF5Library.call { () throws(HDF5Error) -> HDF5Handle in
            let id = unsafe H5Fopen(place, millrace_H5F_ACC_RDONLY(), HDF5Library.defaults)
            guard id < 0 else {
                HDF5Library.boundMetadata(of: id)
                return try HDF5Handle(id, close: H5Fclose, .damaged, path: path, "cannot open it")
            }
            let reason = HDF5Library.errorText()
            guard unsafe H5Fis_hdf5(place) > 0 else {
                throw HDF5Error(.damaged, path: path, "expected an HDF5 file, found another format")
            }
            // "truncated file: eof = 30000, sblock->base_addr = 0, stored_eof = 45559": the library's own words.
            let numbers = reason.split { !$0.isNumber }.compactMap { Int($0) }
            if reason.hasPrefix("truncated file"), numbers.count == 3 {
                throw HDF5Error(
                    .damaged, path: path,
                    "truncated: expected \(numbers[1] + numbers[2]) bytes, found \(numbers[0]); copy it again")
            }
            throw HDF5Error(.damaged, path: path, "cannot open it: \(reason)")
        }
        // The library opened the path a second time: both must have found the same file.
        try HDF5Error.ofFile(bytes.checkPath)
        self.path = path
        self.bytes = bytes
    }

    /// Opens a dataset by its path inside the file and reads its metadata.
    ///
    /// With `triesFirst` it is opened in a child process before (`HDF5Probe`): for files that may be damaged.
    package func dataset(_ name: String, triesFirst: Bool = false) throws(HDF5Error) -> HDF5Dataset {
        try HDF5Dataset(file: self, name: name, triesFirst: triesFirst)
    }

    /// Whether `name` leads to an object; dangling links do not.
    package func exists(_ name: String) throws(HDF5Error) -> Bool {
        try HDF5Library.call { () throws(HDF5Error) -> Bool in isPresent(name) }
    }

    // Every link on the way is asked for, because the library fails on a path whose parent is missing.
    func isPresent(_ name: String) -> Bool { Self.isPresent(name, in: handle.id) }

    static func isPresent(_ name: String, in file: hid_t) -> Bool {
        var partial = ""
        for component in name.split(separator: "/") where component != "." {
            partial += "/" + component
            guard unsafe H5Lexists(file, partial, HDF5Library.defaults) > 0,
                unsafe H5Oexists_by_name(file, partial, HDF5Library.defaults) > 0
            else { return false }
        }
        return true
    }
}
