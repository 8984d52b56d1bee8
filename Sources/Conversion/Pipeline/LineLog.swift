internal import Glibc
internal import JSONText
internal import Memory

/// A file of JSON lines that grows by whole, synced lines, and that one process at a time may hold.
final class LineLog {
    let path: String

    /// The lines that were there when it was opened.
    let lines: [JSONValue]
    private let descriptor: Int32

    /// Opens or creates a file, emptied when it `startsAnew`. A last line that is not whole is cut off.
    init(path: String, startsAnew: Bool = false) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw OutputError(path: path, stage: .create, code: errno) }
        guard Self.lock(descriptor) else {
            let code = errno
            close(descriptor)
            throw OutputError(
                path: path, stage: .create, code: code,
                reason: code == EWOULDBLOCK ? "another process is converting into this directory" : nil)
        }
        do {
            if startsAnew { ftruncate(descriptor, 0) }
            let text = try Self.contents(descriptor, path)
            let whole = text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            var lines: [JSONValue] = []
            var end = 0
            for line in text[..<whole].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
            {
                // Behind a line that a crash left in pieces nothing is to be trusted.
                guard let value = try? JSONValue(strict: Array(line)) else { break }
                lines.append(value)
                end += line.count + 1
            }
            self.lines = lines
            guard ftruncate(descriptor, end) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
                throw OutputError(path: path, stage: .write, code: errno)
            }
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Adds a line, and returns when it is on the disk.
    func append(_ line: JSONValue) throws {
        let text = Array((line.text() + "\n").utf8)
        var done = 0
        while done < text.count {
            let count = text.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw OutputError(path: path, stage: .write, code: count == 0 ? ENOSPC : errno) }
            done += count
        }
        guard fdatasync(descriptor) == 0 else { throw OutputError(path: path, stage: .write, code: errno) }
    }

    // A child that another thread has just forked holds the lock of a file that was closed here until it ends, some
    // milliseconds later: a lock that stays away is somebody's.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<50 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK || errno == EINTR else { return false }
            usleep(20_000)
        }
        errno = EWOULDBLOCK
        return false
    }

    private static func contents(_ descriptor: Int32, _ path: String) throws -> [UInt8] {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw OutputError(path: path, stage: .write, code: errno) }
        var text = [UInt8](repeating: 0, count: Int(information.st_size))
        var done = 0
        while done < text.count {
            let count = text.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress! + done, $0.count - done, done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw OutputError(path: path, stage: .write, code: errno) }
            done += count
        }
        return text
    }
}
