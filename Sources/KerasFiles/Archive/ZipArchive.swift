import CZip
import Glibc

/// The members of a zip file, through libzip.
package enum ZipArchive {
    /// The most that deflate gives for a byte, in bytes: 258 for two bits, 1,032 by zlib's own figure.
    private static let mostInflation: zip_uint64_t = 1032

    /// The bytes of one member; nil if there is no such member. The member's checksum is verified.
    ///
    /// - Parameter limit: the bytes that may be held; a larger member is an error.
    package static func read(
        _ name: String, from path: String, limit: Int = 256 << 20
    ) throws(KerasFileError) -> [UInt8]? {
        var bytes: [UInt8] = []
        let isThere = try stream(name, from: path) { piece throws(KerasFileError) in
            guard bytes.count + piece.count <= limit else {
                throw KerasFileError(.invalid, path, "member \(name): expected at most \(limit) bytes, found more")
            }
            bytes.append(contentsOf: piece)
        }
        return isThere ? bytes : nil
    }

    /// Passes the bytes of one member on in pieces. Returns whether there is such a member; its checksum is verified
    /// behind the last piece.
    static func stream(
        _ name: String, from path: String, _ receive: (UnsafeRawBufferPointer) throws(KerasFileError) -> Void
    ) throws(KerasFileError) -> Bool {
        let archive = try open(path)
        defer { zip_discard(archive) }
        var status = zip_stat_t()
        zip_stat_init(&status)
        guard zip_stat(archive, name, 0, &status) == 0 else { return false }
        guard let member = zip_fopen(archive, name, 0) else {
            throw KerasFileError(.invalid, path, "member \(name): \(message(archive))")
        }
        defer { zip_fclose(member) }
        // A member that claims more than its bytes can hold is a bomb or damage; Keras stores members as they are.
        guard status.size / mostInflation <= status.comp_size else {
            throw KerasFileError(
                .invalid, path,
                "member \(name): \(status.comp_size) bytes of the archive claim to hold \(status.size), which no "
                    + "compression of zip files gives; save the model again")
        }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { piece.deallocate() }
        var filled = 0
        while filled < Int(status.size) {
            let count = zip_fread(member, piece.baseAddress, zip_uint64_t(min(piece.count, Int(status.size) - filled)))
            guard count > 0 else {
                let text = zip_file_strerror(member).map { String(cString: $0) } ?? "unknown error"
                throw KerasFileError(
                    .invalid, path, "member \(name): expected \(status.size) bytes, got \(filled): \(text)")
            }
            try receive(UnsafeRawBufferPointer(rebasing: piece[..<Int(count)]))
            filled += Int(count)
        }
        // The checksum is compared when the end is read.
        var extra: UInt8 = 0
        guard zip_fread(member, &extra, 1) == 0 else {
            let text = zip_file_strerror(member).map { String(cString: $0) } ?? "unknown error"
            throw KerasFileError(.invalid, path, "member \(name): \(text)")
        }
        return true
    }

    private static func open(_ path: String) throws(KerasFileError) -> OpaquePointer {
        guard access(path, R_OK) == 0 else {
            throw KerasFileError(.missing, path, String(cString: strerror(errno)))
        }
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
            var error = zip_error_t()
            zip_error_init_with_code(&error, code)
            defer { zip_error_fini(&error) }
            let text = String(cString: zip_error_strerror(&error))
            throw KerasFileError(.invalid, path, "not a .keras file (a zip archive was expected): \(text)")
        }
        return archive
    }

    /// Writes stored members with a fixed date: the same members give the same bytes.
    ///
    /// - Parameters:
    ///   - files: paths of files that are the last members.
    ///   - path: a file that nobody reads yet: the caller renames it when it is whole.
    ///   - target: the name for messages.
    package static func write(
        _ members: [(name: String, bytes: [UInt8])], files: [(name: String, path: String)] = [], to path: String,
        for target: String
    ) throws(KerasFileError) {
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code) else {
            throw KerasFileError(.cannotCreate, target, String(cString: strerror(errno)))
        }
        func add(_ name: String, _ source: OpaquePointer) throws(KerasFileError) {
            let index = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
            guard index >= 0 else {
                zip_source_free(source)
                throw KerasFileError(.inputOutput, target, "member \(name): \(message(archive))")
            }
            zip_set_file_compression(archive, zip_uint64_t(index), ZIP_CM_STORE, 0)
            // A regular file that its owner may write and all may read, whatever the mask of this process is.
            zip_file_set_external_attributes(
                archive, zip_uint64_t(index), 0, zip_uint8_t(ZIP_OPSYS_UNIX), 0o100644 << 16)
            // 1980-01-01, the earliest date of the format.
            zip_file_set_dostime(archive, zip_uint64_t(index), 0, 0x21, 0)
        }
        do {
            try addAll(members, files, to: archive, for: target, add)
        } catch {
            zip_discard(archive)
            throw error
        }
        guard zip_close(archive) == 0 else {
            let text = message(archive)
            zip_discard(archive)
            throw KerasFileError(.inputOutput, target, text)
        }
    }

    private static func addAll(
        _ members: [(name: String, bytes: [UInt8])], _ files: [(name: String, path: String)],
        to archive: OpaquePointer, for target: String,
        _ add: (String, OpaquePointer) throws(KerasFileError) -> Void
    ) throws(KerasFileError) {
        for (name, bytes) in members {
            // libzip frees the copy when the archive is closed.
            let copy = malloc(max(1, bytes.count))!
            bytes.withUnsafeBytes { if let start = $0.baseAddress { memcpy(copy, start, bytes.count) } }
            guard let source = zip_source_buffer(archive, copy, zip_uint64_t(bytes.count), 1) else {
                free(copy)
                throw KerasFileError(.inputOutput, target, "member \(name): out of memory")
            }
            try add(name, source)
        }
        for (name, path) in files {
            guard let source = zip_source_file(archive, path, 0, -1) else {
                throw KerasFileError(.inputOutput, target, "member \(name): \(message(archive))")
            }
            try add(name, source)
        }
    }

    private static func message(_ archive: OpaquePointer) -> String { String(cString: zip_strerror(archive)) }
}
