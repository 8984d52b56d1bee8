import Glibc

/// A file read by position, from any number of threads at once.
package final class FileBytes: Sendable {
    package let path: String
    private let descriptor: Int32

    /// Bytes in the file when it was opened.
    package let byteCount: Int

    /// Opens the file for reading.
    package init(path: String) throws(HDF5Error) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw HDF5Error(.missing, path: path, "no such file")
            case EACCES, EPERM: throw HDF5Error(.permission, path: path, "permission to read it is denied")
            default: throw HDF5Error(.readFailed, path: path, "cannot open it: \(Self.systemMessage(errno))")
            }
        }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else {
            let code = errno
            close(descriptor)
            throw HDF5Error(.readFailed, path: path, "cannot read its size: \(Self.systemMessage(code))")
        }
        guard information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw HDF5Error(.damaged, path: path, "expected an HDF5 file, found a directory or device")
        }
        self.path = path
        self.descriptor = descriptor
        byteCount = Int(information.st_size)
    }

    deinit { close(descriptor) }

    /// Fills `destination` from the bytes at `offset`.
    ///
    /// A file that ends before that is an error that says so: it has shrunk or was cut.
    package func read(at offset: Int, into destination: UnsafeMutableRawBufferPointer) throws(HDF5Error) {
        guard let start = destination.baseAddress else { return }
        var done = 0
        while done < destination.count {
            let count = unsafe pread(descriptor, start + done, destination.count - done, off_t(offset + done))
            if count > 0 {
                done += count
            } else if count == 0 {
                throw HDF5Error(
                    .damaged, path: path,
                    "truncated: expected \(destination.count) bytes at offset \(offset), found \(done)"
                        + " (the file had \(byteCount) bytes when it was opened)")
            } else if errno != EINTR {
                throw HDF5Error(
                    .readFailed, path: path,
                    "reading \(destination.count) bytes at offset \(offset) failed: \(Self.systemMessage(errno))")
            }
        }
    }

    private static func systemMessage(_ code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
