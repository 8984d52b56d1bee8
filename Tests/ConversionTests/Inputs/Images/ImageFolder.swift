import Glibc

/// A folder of copies of fixtures, removed with its owner.
final class ImageFolder {
    let path: String

    private static let fixtures =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(5)
        .joined(separator: "/") + "/fixtures/images/"

    /// Makes files: the path below the folder, and the fixture whose copy it is; nil for a folder.
    init(_ files: [(path: String, fixture: String?)]) {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/millrace-test.XXXXXX".utf8CString)
        mkdtemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for file in files {
            let parts = file.path.split(separator: "/")
            for depth in 0..<(file.fixture == nil ? parts.count : parts.count - 1) {
                mkdir(path + "/" + parts[...depth].joined(separator: "/"), 0o755)
            }
            if let fixture = file.fixture { write(Self.fixture(fixture), to: file.path) }
        }
    }

    /// The bytes of a fixture.
    static func fixture(_ name: String) -> [UInt8] {
        guard let file = fopen(fixtures + name, "rb") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    func write(_ bytes: [UInt8], to name: String) {
        guard let file = fopen(path + "/" + name, "wb") else { return }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    func link(_ name: String, to target: String) { symlink(target, path + "/" + name) }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        if information.st_mode & S_IFMT == S_IFDIR {
            var names: [String] = []
            if let stream = opendir(path) {
                while let entry = readdir(stream) {
                    let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                    }
                    if name != ".", name != ".." { names.append(name) }
                }
                closedir(stream)
            }
            for name in names { remove(path + "/" + name) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
