internal import CHDF5

/// Writes an HDF5 file in memory: for files inside other files.
package final class HDF5ImageWriter: HDF5Writer {
    /// Starts an empty file. `name` is for messages.
    package init(name: String = "memory") throws(HDF5Error) {
        let handle = try HDF5Library.call { () throws(HDF5Error) -> HDF5Handle in
            let access = try HDF5Handle(
                H5Pcreate(millrace_H5P_FILE_ACCESS()), close: H5Pclose, .writeFailed, path: name, "access properties")
            // No backing store: nothing is written when the file is closed.
            try check(H5Pset_fapl_core(access.id, 1 << 16, false), .writeFailed, path: name, "memory driver")
            return try HDF5Handle(
                unsafe H5Fcreate(name, millrace_H5F_ACC_TRUNC(), HDF5Library.defaults, access.id), close: H5Fclose,
                .writeFailed, path: name, "cannot create the file in memory")
        }
        super.init(path: name, handle: handle)
    }

    /// Ends the file and returns its bytes.
    package func finish() throws(HDF5Error) -> [UInt8] {
        let image = try HDF5Library.call { () throws(HDF5Error) -> [UInt8] in
            try check(H5Fflush(file, H5F_SCOPE_LOCAL), .writeFailed, path: path, "flushing failed")
            let size = H5Fget_file_image(try file, nil, 0)
            try check(size, .writeFailed, path: path, "its size")
            var image = [UInt8](repeating: 0, count: size)
            try check(
                unsafe H5Fget_file_image(try file, &image, size), .writeFailed, path: path, "copying it failed")
            return image
        }
        handle = nil
        return image
    }
}
