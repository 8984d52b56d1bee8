import Glibc
import HDF5Store

/// A member of an archive in a temporary file, which goes with this object, or before, once it is read.
///
/// Weights and the optimizer's state may be most of what a run may hold: they are read from here an array at a time. The
/// file lies where `TMPDIR` says, or in `/tmp`.
final class ExtractedMember {
    private let path: String
    let byteCount: Int

    /// Nil if there is no such member.
    ///
    /// - Throws: `KerasFileError` when the archive is missing or damaged, or there is no room for the member.
    init?(_ name: String, of archive: String) throws(KerasFileError) {
        let directory = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(directory)/millrace.XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard descriptor >= 0 else {
            throw KerasFileError(
                .cannotCreate, directory, "a temporary file for \(archive): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var written = 0
        do throws(KerasFileError) {
            let isThere = try ZipArchive.stream(name, from: archive) { piece throws(KerasFileError) in
                var done = 0
                while done < piece.count {
                    let count = write(descriptor, piece.baseAddress! + done, piece.count - done)
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else {
                        throw KerasFileError(
                            .inputOutput, archive,
                            "member \(name): extracting it to \(directory) failed: \(String(cString: strerror(errno)))")
                    }
                    done += count
                }
                written += piece.count
            }
            byteCount = written
            guard isThere else {
                unlink(path)
                return nil
            }
        } catch {
            unlink(path)
            throw error
        }
    }

    deinit { unlink(path) }

    /// Reads the HDF5 file that the member is. To be called once: the file goes with the call.
    ///
    /// - Parameter name: for messages.
    func read<Result>(as name: String, _ body: (HDF5File) throws(HDF5Error) -> Result) throws(HDF5Error) -> Result {
        defer { unlink(path) }
        return try body(HDF5File(path: path, name: name))
    }
}
