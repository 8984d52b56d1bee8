internal import Glibc

/// What the system says of a path without opening it.
enum InputPathKind {
    /// Whether there is a file or directory of this name.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether there is a directory of this name.
    static func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// What tells a directory apart from all others: its device and number; nil for what is none.
    static func identity(of directory: String) -> [UInt64]? {
        var information = stat()
        guard stat(directory, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else { return nil }
        return [UInt64(information.st_dev), UInt64(information.st_ino)]
    }

    /// The names in a directory, in the order of their bytes; hidden ones are left out.
    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
