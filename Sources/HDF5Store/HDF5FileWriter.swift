internal import CHDF5
package import Memory

/// Writes an HDF5 file that appears whole or not at all.
package final class HDF5FileWriter: HDF5Writer {
    private var output: AtomicOutput

    /// Starts a file beside `path`; fails now when it cannot be created.
    ///
    /// - Parameter metadataBytes: the most memory for what the library keeps of the file's structure and of lists; nil
    ///   leaves it to the library, which takes up to 32 MiB.
    package init(path: String, metadataBytes: Int? = nil) throws(HDF5Error) {
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
            let file = try HDF5Handle(
                unsafe H5Fcreate(temporary, millrace_H5F_ACC_TRUNC(), HDF5Library.defaults, access.id),
                close: H5Fclose, .cannotCreate, path: path, "cannot create it")
            if let metadataBytes {
                try check(
                    millrace_limit_metadata(file.id, metadataBytes), .cannotCreate, path: path, "memory for metadata")
            }
            return file
        }
        super.init(path: path, handle: handle)
    }

    /// The hidden name under which the file is until it is whole.
    package var temporaryPath: String { output.temporaryPath }

    /// Starts a dataset that grows row by row, in chunks of `chunkRows`, compressed with gzip (and byte-shuffled when
    /// elements are wider than a byte) at `level` 1...9, or stored as it is when `level` is nil.
    package func rows(
        _ name: String, type: ScalarType, rowShape: Shape, chunkRows: Int, level: Int? = 4
    ) throws(HDF5Error) -> HDF5RowWriter {
        let chunks = try chunks(name, type: type, rowShape: rowShape, chunkRows: chunkRows, level: level)
        return HDF5RowWriter(chunks, type: type, rowShape: rowShape, level: level)
    }

    /// Starts a dataset like that of `rows`, whose chunks its caller encodes.
    package func chunks(
        _ name: String, type: ScalarType, rowShape: Shape, chunkRows: Int, level: Int?
    ) throws(HDF5Error) -> HDF5ChunkWriter {
        try createParents(of: name)
        return try HDF5ChunkWriter(
            self, name: name, type: type, rowShape: rowShape, chunkRows: chunkRows, level: level)
    }

    /// Starts a dataset of rows of differing lengths.
    package func lists(_ name: String, _ element: HDF5ListElement) throws(HDF5Error) -> HDF5ListWriter {
        try createParents(of: name)
        return try HDF5ListWriter(self, name: name, element: element)
    }

    /// Closes the file and leaves it under a hidden name, which is returned. It goes with this object.
    package func close() throws(HDF5Error) -> String {
        try HDF5Library.call { () throws(HDF5Error) in
            try check(H5Fflush(file, H5F_SCOPE_LOCAL), .writeFailed, path: path, "writing failed")
        }
        handle = nil
        return output.temporaryPath
    }

    /// Closes, syncs and renames the file. The writers of all datasets must be finished before.
    package func commit() throws(HDF5Error) {
        _ = try close()
        do throws(OutputError) {
            try output.commit()
        } catch {
            throw HDF5Error(
                error.stage == .create ? .cannotCreate : .writeFailed, path: path, "writing failed: \(error.reason)")
        }
    }
}
