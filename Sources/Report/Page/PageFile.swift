import Glibc
import Memory

/// Writes text part by part into a file that appears whole or not at all.
final class PageFile {
    private var output: AtomicOutput
    private let descriptor: Int32

    /// Creates the file beside its target.
    init(_ path: String) throws(OutputError) {
        output = try AtomicOutput(path: path)
        descriptor = open(output.temporaryPath, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputError(path: path, stage: .create, code: errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds text.
    func append(_ text: String) throws(OutputError) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw OutputError(path: output.path, stage: .write, code: count < 0 ? errno : ENOSPC)
            }
            written += count
        }
    }

    /// Gives the file its name.
    ///
    /// - Parameter syncs: whether it is on the disk when this returns.
    func commit(syncs: Bool) throws(OutputError) { try output.commit(syncs: syncs) }
}
