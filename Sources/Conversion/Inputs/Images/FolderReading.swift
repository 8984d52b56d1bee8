internal import DataSource
internal import Glibc

/// What lies in one directory: names of files and folders that are not hidden, in the order of their bytes.
struct FolderReading {
    /// Its path.
    let path: FolderPath
    let files = NameList()
    let folders = NameList()
    private let device: UInt64
    private let inode: UInt64

    /// How deep folders may lie below a class: deeper ones are links that lead in circles.
    private static let deepest = 64

    /// Reads a directory.
    init(_ path: FolderPath) throws(DataError) {
        self.path = path
        guard let stream = opendir(path.characters) else { throw path.failure() }
        defer { closedir(stream) }
        var information = stat()
        guard fstat(dirfd(stream), &information) == 0 else { throw path.failure() }
        device = UInt64(information.st_dev)
        inode = UInt64(information.st_ino)
        errno = 0
        while let entry = readdir(stream) {
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { break }
            let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            if name[0] != 0x2e {
                (Self.isFolder(entry.pointee.d_type, dirfd(stream), name) ? folders : files).append(name)
            }
            errno = 0
        }
        guard errno == 0 else { throw path.failure() }
        files.sort()
        folders.sort()
    }

    /// A directory and all below it, in no order. A link to a directory that it lies in is not followed.
    static func walk(_ path: FolderPath, into found: inout [FolderReading]) throws(DataError) {
        try walk(path, ancestors: [], into: &found)
    }

    private static func walk(
        _ path: FolderPath, ancestors: [(UInt64, UInt64)], into found: inout [FolderReading]
    ) throws(DataError) {
        let folder = try FolderReading(path)
        let key = (folder.device, folder.inode)
        guard !ancestors.contains(where: { $0 == key }) else { return }
        guard ancestors.count < deepest else {
            throw DataError(
                file: path.text,
                "the folders are more than \(deepest) levels deep; remove links that lead in circles")
        }
        found.append(folder)
        for index in 0..<folder.folders.count {
            try walk(path.appending(folder.folders[index]), ancestors: ancestors + [key], into: &found)
        }
    }

    // Links, and file systems that do not tell, cost a call; other entries say themselves what they are.
    private static func isFolder(_ type: UInt8, _ directory: Int32, _ name: UnsafePointer<CChar>) -> Bool {
        guard Int(type) == Int(DT_LNK) || Int(type) == Int(DT_UNKNOWN) else { return Int(type) == Int(DT_DIR) }
        var information = stat()
        return fstatat(directory, name, &information, 0) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }
}

/// A path as the system takes it: bytes that need not be text.
struct FolderPath: Sendable {
    /// The bytes and their final zero.
    private(set) var characters: [CChar]

    /// A path that a user wrote; slashes at its end are dropped.
    init(_ text: String) {
        characters = Array(text.utf8CString)
        while characters.count > 2, characters[characters.count - 2] == 0x2f {
            characters.remove(at: characters.count - 2)
        }
    }

    /// The path of an entry.
    func appending(_ name: UnsafePointer<CChar>) -> FolderPath {
        var path = self
        path.characters[path.characters.count - 1] = 0x2f
        path.characters.append(contentsOf: UnsafeBufferPointer(start: name, count: strlen(name) + 1))
        return path
    }

    /// For messages.
    var text: String { String(decoding: characters.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }

    /// The error of the last system call on it.
    func failure() -> DataError {
        let code = errno
        let isUnavailable = [ENOENT, ENOTDIR, EACCES, EPERM, ELOOP].contains(code)
        return DataError(
            kind: isUnavailable ? .fileUnavailable : .readFailed, file: text, String(cString: strerror(code)))
    }

    /// By bytes.
    static func precedes(_ a: FolderPath, _ b: FolderPath) -> Bool { strcmp(a.characters, b.characters) < 0 }
}
