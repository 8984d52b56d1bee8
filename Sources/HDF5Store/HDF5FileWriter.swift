internal import CHDF5
package import Memory

/// Writes an HDF5 file that appears whole or not at all.
package final class HDF5FileWriter: HDF5Writer {
    private var output: AtomicOutput

    /// Starts a file beside `path`; fails now when it cannot be created.
    package init(path: String) throws(HDF5Error) {
        do throws(OutputError) {
            output = try AtomicOutput(path: path)
        } catch {
            throw HDF5Error(.cannotCreate, path: path, "cannot create it: \(error.reason)")
        }
        let temporary = output.temporaryPath
        let handle = try HDF5Library.call { () throws(HDF5Error) -> HDF5Handle in
            let access = try HDF5Handle(
                H5Pcreate(millrace_H5P_FILE_ACCESS()), close: H5Pclose, .cannotCreate, path: path, "properties")
            try check(millrace_no_locking(access.id), .cannotCreate, path: path, "properties")
            return try HDF5Handle(
                unsafe H5Fcreate(temporary, millrace_H5F_ACC_TRUNC(), HDF5Library.defaults, access.id),
                close: H5Fclose, .cannotCreate, path: path, "cannot create it")
        }
        super.init(path: path, handle: handle)
    }

    /// Starts a dataset that grows row by row, in chunks of `chunkRows`, compressed with gzip (and byte-shuffled when
    /// elements are wider than a byte) at `level` 1...9, or stored as it is when `level` is nil.
    package func rows(
        _ name: String, type: ScalarType, rowShape: Shape, chunkRows: Int, level: Int? = 4
    ) throws(HDF5Error) -> HDF5RowWriter {
        try createParents(of: name)
        return try HDF5RowWriter(
            self, name: name, type: type, rowShape: rowShape, chunkRows: chunkRows, level: level)
    }

    /// Closes, syncs and renames the file. Every `HDF5RowWriter` must be finished before.
    package func commit() throws(HDF5Error) {
        try HDF5Library.call { () throws(HDF5Error) in
            try check(H5Fflush(file, H5F_SCOPE_LOCAL), .writeFailed, path: path, "writing failed")
        }
        handle = nil
        do throws(OutputError) {
            try output.commit()
        } catch {
            throw HDF5Error(
                error.stage == .create ? .cannotCreate : .writeFailed, path: path, "writing failed: \(error.reason)")
        }
    }
}
