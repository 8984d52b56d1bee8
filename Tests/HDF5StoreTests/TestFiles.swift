import Foundation
import Glibc

/// Where tests may write.
enum TemporaryDirectory {
    static let path = FileManager.default.temporaryDirectory.path
}

/// A file that is removed with its owner.
final class TemporaryFile {
    let path: String

    init(_ bytes: [UInt8] = []) throws {
        var template = Array((TemporaryDirectory.path + "/millrace-test.XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Failure() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var written = 0
        while written < bytes.count {
            written += bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
        }
        close(descriptor)
    }

    deinit { unlink(path) }

    struct Failure: Error {}
}

enum Bytes {
    static func read(_ path: String) throws -> [UInt8] {
        let file = fopen(path, "rb")
        guard let file else { throw TemporaryFile.Failure() }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: ftell(file))
        rewind(file)
        guard fread(&bytes, 1, bytes.count, file) == bytes.count else { throw TemporaryFile.Failure() }
        return bytes
    }
}
