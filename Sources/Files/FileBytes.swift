import Glibc
import Synchronization
internal import Workers

/// A file read by position, from any number of threads at once.
///
/// An error that may pass, as on a network file system, is tried again three times; a file that changes under a run is
/// noticed (`checkUnchanged`).
package final class FileBytes: Sendable {
    package let path: String
    let descriptor: Int32

    /// The file when it was opened.
    package let stamp: FileStamp

    /// Pages of which a part was used by readers that drop what they have read (`FileBytes+Cache`).
    let dropBehind: Monitor<DropBehind>

    private let calls: FileCalls
    private let retries = Atomic<Int>(0)

    /// Milliseconds before each further attempt at a read that failed with an error that may pass.
    package static let pauses = [20, 100, 500]

    /// Errors that a busy or remote disk gives for a while.
    private static let passing: Set<Int32> = [
        EIO, ESTALE, ETIMEDOUT, EAGAIN, ENOMEM, EBUSY, ENETDOWN, ENETUNREACH, ENETRESET, ECONNRESET, ECONNABORTED,
        ENOTCONN, EHOSTDOWN, EHOSTUNREACH, EREMOTEIO,
    ]

    /// Opens a regular file for reading.
    ///
    /// - Parameters:
    ///   - rememberedPages: those of `DropBehind`.
    ///   - waits: whether opening a pipe of that name waits for its writer, as other programs do; else it is refused.
    package init(
        path: String, calls: FileCalls = .system, rememberedPages: Int = DropBehind.rememberedPages, waits: Bool = true
    ) throws(FileError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | (waits ? 0 : O_NONBLOCK))
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw FileError(.missing, path: path, "no such file")
            case EACCES, EPERM: throw FileError(.permission, path: path, "permission to read it is denied")
            default: throw FileError(.readFailed, path: path, "cannot open it: \(FileCalls.message(errno))")
            }
        }
        guard let stamp = calls.stamp(descriptor) else {
            let code = errno
            close(descriptor)
            throw FileError(.readFailed, path: path, "cannot read its size: \(FileCalls.message(code))")
        }
        guard stamp.isRegular else {
            close(descriptor)
            throw FileError(.damaged, path: path, "expected a regular file, found a directory or device")
        }
        self.path = path
        self.descriptor = descriptor
        self.stamp = stamp
        self.calls = calls
        dropBehind = Monitor(
            DropBehind(
                byteCount: stamp.byteCount, pageSize: sysconf(Int32(_SC_PAGESIZE)), rememberedPages: rememberedPages))
    }

    deinit { close(descriptor) }

    /// Bytes in the file when it was opened.
    package var byteCount: Int { stamp.byteCount }

    /// How many reads were tried again so far.
    package var retryCount: Int { retries.load(ordering: .relaxed) }

    /// Fills `destination` from the bytes at `offset`.
    ///
    /// A file that ends before that is an error that says so: it has shrunk or was cut. An interrupted read goes on at
    /// once, errors that may pass are tried again after `pauses`, others are thrown at once as `readFailed`.
    package func read(at offset: Int, into destination: UnsafeMutableRawBufferPointer) throws(FileError) {
        var retries = 0
        try unsafe read(at: offset, into: destination, retries: &retries)
    }

    /// The same, counting in `retries` how often it was tried again.
    package func read(
        at offset: Int, into destination: UnsafeMutableRawBufferPointer, retries count: inout Int
    ) throws(FileError) {
        guard let start = destination.baseAddress else { return }
        var done = 0
        var failures = 0
        while done < destination.count {
            let found = unsafe calls.read(descriptor, start + done, destination.count - done, offset + done)
            if found > 0 {
                done += found
                continue
            }
            guard found < 0 else {
                throw FileError(
                    .damaged, path: path,
                    "truncated: expected \(destination.count) bytes at offset \(offset), found \(done)"
                        + " (the file had \(byteCount) bytes when it was opened)")
            }
            let code = Int32(clamping: -found)
            if code == EINTR { continue }
            failures += 1
            guard Self.mayPass(code, failures: failures) else {
                let tried = failures == 1 ? "" : ", tried \(failures) times"
                throw FileError(
                    .readFailed, path: path,
                    "reading \(destination.count) bytes at offset \(offset) failed: \(FileCalls.message(code))\(tried)")
            }
            count += 1
            pause(failures: failures)
        }
    }

    /// Whether what failed so often with an error of the system is worth another attempt.
    package static func mayPass(_ code: Int32, failures: Int) -> Bool {
        passing.contains(code) && failures <= pauses.count
    }

    /// Waits before another attempt, and counts it: also for what others read of this file.
    package func pause(failures: Int) {
        retries.add(1, ordering: .relaxed)
        calls.pause(Self.pauses[failures - 1])
    }

    /// Throws `changed` when the file's contents changed since it was opened. One `fstat`: about 0.3 µs.
    package func checkUnchanged() throws(FileError) {
        guard let now = calls.stamp(descriptor) else {
            throw FileError(.readFailed, path: path, "cannot read its state: \(FileCalls.message(errno))")
        }
        if now != stamp { throw FileError(change: stamp, to: now, path: path) }
    }

    /// Throws `changed` when the path leads to another file than the one that is open here.
    package func checkPath() throws(FileError) {
        guard let now = FileStamp(path: path) else {
            throw FileError(.missing, path: path, "it was removed while it was opened")
        }
        if now != stamp { throw FileError(change: stamp, to: now, path: path) }
    }
}
