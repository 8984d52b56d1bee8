import Glibc
import Memory

/// A file that a callback adds to: every piece is with the kernel, whole, before the run goes on.
///
/// What the file held before is cut off at the first piece, not when it is opened, so that a run that is resumed can still
/// say how much of it stays.
final class AppendedFile {
    let path: String
    private let descriptor: Int32
    /// Bytes that stay at the first piece; nil: all.
    private var kept: Int?

    /// Creates the file, or opens one that is there.
    ///
    /// - Parameter keepsContent: whether to go on behind what the file holds.
    init(_ path: String, keepsContent: Bool = false) throws(OutputError) {
        self.path = path
        kept = keepsContent ? nil : 0
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw OutputError(path: path, stage: .create, code: errno) }
    }

    deinit { close(descriptor) }

    /// Bytes of the file, those that will be cut off left out.
    var length: Int { kept.map { min($0, size) } ?? size }

    /// `length`, once everything is on the disk: a checkpoint counts on it. A pipe or a terminal has no disk.
    var durableLength: Int {
        get throws(OutputError) {
            guard fdatasync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
                throw OutputError(path: path, stage: .write, code: errno)
            }
            return length
        }
    }

    private var size: Int {
        var information = stat()
        return fstat(descriptor, &information) == 0 ? Int(information.st_size) : 0
    }

    /// Goes on behind that many bytes, where a checkpoint was written.
    func goOn(behind length: Int) { kept = length }

    /// Adds bytes; without any, only what does not stay is cut off.
    private func append(_ bytes: UnsafeBufferPointer<UInt8>) throws(OutputError) {
        if let kept, kept < size {
            guard ftruncate(descriptor, kept) == 0 else { throw OutputError(path: path, stage: .write, code: errno) }
        }
        kept = nil
        var written = 0
        while written < bytes.count {
            let count = write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw OutputError(path: path, stage: .write, code: count < 0 ? errno : ENOSPC) }
            written += count
        }
    }

    func append(_ bytes: [UInt8]) throws(OutputError) {
        do { try bytes.withUnsafeBufferPointer { try append($0) } } catch { throw error as! OutputError }
    }

    func append(_ text: String) throws(OutputError) {
        var text = text
        do { try text.withUTF8 { try append($0) } } catch { throw error as! OutputError }
    }
}

/// Makes a directory and those above it, where they are not there.
func makeDirectories(_ path: String) throws(OutputError) {
    guard !path.isEmpty, access(path, F_OK) != 0 else { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeDirectories(String(path[..<slash])) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
        throw OutputError(path: path, stage: .create, code: errno)
    }
}
