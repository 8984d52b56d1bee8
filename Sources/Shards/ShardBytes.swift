import Glibc

/// The system call by which a file is read, as a value, so that a test can make it fail without a broken disk.
@safe package struct ReadCall: Sendable {
    /// Reads up to `count` bytes at `offset` of a descriptor: (descriptor, memory, count, offset). Returns the bytes
    /// read, 0 at the file's end, or the system's error number, negated.
    package var read: @Sendable (Int32, UnsafeMutableRawPointer, Int, Int) -> Int

    /// A call of one's own.
    package init(read: @escaping @Sendable (Int32, UnsafeMutableRawPointer, Int, Int) -> Int) {
        unsafe self.read = read
    }

    /// The call of this system.
    package static let system = unsafe ReadCall { descriptor, memory, count, offset in
        let found = unsafe pread(descriptor, memory, count, off_t(offset))
        return found < 0 ? -Int(errno) : found
    }
}

/// A file of a dataset, read by position from any number of threads at once.
package final class ShardBytes: Sendable {
    package let path: String

    /// Bytes in the file when it was opened.
    package let byteCount: Int

    private let descriptor: Int32
    private let call: ReadCall

    /// Milliseconds before each further attempt at a read that failed with an error that may pass.
    private static let pauses = [20, 100, 500]

    /// Errors that a busy or remote disk gives for a while.
    private static let passing: Set<Int32> = [
        EIO, ESTALE, ETIMEDOUT, EAGAIN, ENOMEM, EBUSY, ENETDOWN, ENETUNREACH, ENETRESET, ECONNRESET, ECONNABORTED,
        ENOTCONN, EHOSTDOWN, EHOSTUNREACH, EREMOTEIO,
    ]

    /// Opens a regular file for reading.
    package init(path: String, call: ReadCall = .system) throws(ShardError) {
        // A pipe of the expected name must not make opening wait for its writer.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw ShardError(.missing, path: path, "no such file")
            case EACCES, EPERM: throw ShardError(.permission, path: path, "permission to read it is denied")
            default: throw ShardError(.readFailed, path: path, "cannot open it: \(Self.message(errno))")
            }
        }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else {
            let code = errno
            close(descriptor)
            throw ShardError(.readFailed, path: path, "cannot read its size: \(Self.message(code))")
        }
        guard information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ShardError(.damaged, path: path, "expected a regular file, found a directory or device")
        }
        self.path = path
        self.descriptor = descriptor
        self.call = call
        byteCount = Int(information.st_size)
    }

    deinit { close(descriptor) }

    /// Fills `destination` from the bytes at `offset`.
    ///
    /// An interrupted or short read goes on; errors that may pass are tried again three times. A file that ends before
    /// the last byte is `damaged`: it has shrunk or was cut.
    package func fill(_ destination: UnsafeMutableRawBufferPointer, at offset: Int) throws(ShardError) {
        guard let start = destination.baseAddress else { return }
        var done = 0
        var failures = 0
        while done < destination.count {
            let count = unsafe call.read(descriptor, start + done, destination.count - done, offset + done)
            if count > 0 {
                done += count
                continue
            }
            guard count < 0 else {
                throw ShardError(
                    .damaged, path: path,
                    "truncated: expected \(destination.count) bytes at offset \(offset), found \(done) (the file had "
                        + "\(byteCount) bytes when it was opened)")
            }
            let code = Int32(clamping: -count)
            if code == EINTR { continue }
            failures += 1
            guard Self.passing.contains(code), failures <= Self.pauses.count else {
                let tried = failures == 1 ? "" : ", tried \(failures) times"
                throw ShardError(
                    .readFailed, path: path,
                    "reading \(destination.count) bytes at offset \(offset) failed: \(Self.message(code))\(tried)")
            }
            usleep(UInt32(Self.pauses[failures - 1]) * 1000)
        }
    }

    /// The bytes of a range, which lies within the file.
    func bytes(_ range: Range<Int>) throws(ShardError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var failure: ShardError?
        unsafe bytes.withUnsafeMutableBytes { memory in
            do throws(ShardError) { try unsafe fill(memory, at: range.lowerBound) } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    private static func message(_ code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
