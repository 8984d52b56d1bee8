import Glibc

/// A member of an archive in a file without a name, which goes with this object.
///
/// Weights and the optimizer's state may be most of what a run may hold: they are read from here an array at a time. The
/// file lies where `TMPDIR` says, or in `/tmp`.
package final class ExtractedMember {
    private let descriptor: Int32
    let byteCount: Int

    /// A path that leads to the file as long as this object lives.
    package var path: String { "/proc/self/fd/\(descriptor)" }

    /// Nil if there is no such member.
    ///
    /// - Throws: `KerasFileError` when the archive is missing or damaged, or there is no room for the member.
    package init?(_ name: String, of archive: String) throws(KerasFileError) {
        let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(directory)/millrace.XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw KerasFileError(
                .cannotCreate, directory, "a temporary file for \(archive): \(String(cString: strerror(errno)))")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
        var written = 0
        let descriptor = descriptor
        let isThere = try ZipArchive.stream(name, from: archive) { piece throws(KerasFileError) in
            var done = 0
            while done < piece.count {
                let count = Glibc.write(descriptor, piece.baseAddress! + done, piece.count - done)
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
        guard isThere else { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
