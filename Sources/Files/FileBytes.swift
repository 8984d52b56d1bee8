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

    /// Opens a regular file for reading. `rememberedPages` is `DropBehind`'s.
    package init(
        path: String, calls: FileCalls = .system, rememberedPages: Int = DropBehind.rememberedPages
    ) throws(FileError) {
        // A pipe of the expected name must not make opening wait for its writer.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
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
        guard let start = destination.baseAddress else { return }
        var done = 0
        var failures = 0
        while done < destination.count {
            let count = unsafe calls.read(descriptor, start + done, destination.count - done, offset + done)
            if count > 0 {
                done += count
                continue
            }
            guard count < 0 else {
                throw FileError(
                    .damaged, path: path,
                    "truncated: expected \(destination.count) bytes at offset \(offset), found \(done)"
                        + " (the file had \(byteCount) bytes when it was opened)")
            }
            let code = Int32(clamping: -count)
            if code == EINTR { continue }
            failures += 1
            guard Self.passing.contains(code), failures <= Self.pauses.count else {
                let tried = failures == 1 ? "" : ", tried \(failures) times"
                throw FileError(
                    .readFailed, path: path,
                    "reading \(destination.count) bytes at offset \(offset) failed: \(FileCalls.message(code))\(tried)")
            }
            retries.add(1, ordering: .relaxed)
            calls.pause(Self.pauses[failures - 1])
        }
    }

    /// Throws `damaged` when the file's contents changed since it was opened. One `fstat`: about 0.3 µs.
    package func checkUnchanged() throws(FileError) {
        guard let now = calls.stamp(descriptor) else {
            throw FileError(.readFailed, path: path, "cannot read its state: \(FileCalls.message(errno))")
        }
        if now != stamp { throw changed(now) }
    }

    /// Throws `damaged` when the path leads to another file than the one that is open here.
    package func checkPath() throws(FileError) {
        guard let now = FileStamp(path: path) else {
            throw FileError(.missing, path: path, "it was removed while it was opened")
        }
        if now != stamp { throw changed(now) }
    }

    private func changed(_ now: FileStamp) -> FileError {
        FileError(
            .damaged, path: path,
            "the file changed while it was in use: \(stamp.change(to: now)); let whatever writes it finish, then start"
                + " again")
    }
}
