import Glibc
internal import Shards

/// Files and datasets of shards that a user means by paths and patterns.
public enum DataFiles {
    /// What is at a path.
    public enum Kind: String, Sendable, Hashable {
        /// An HDF5 file.
        case hdf5
        /// A dataset of shards: its directory or its manifest.
        case shards
    }

    /// What a path means: directories and names that end in `.json` are datasets of shards, all others HDF5 files.
    ///
    /// A directory without a manifest that holds HDF5 files is no dataset; the error of its opening says how to name them.
    public static func kind(of path: String) -> Kind {
        guard isDirectory(path) else { return path.hasSuffix(".json") ? .shards : .hdf5 }
        guard let names = try? ShardDirectory.names(in: path) else { return .shards }
        let holdsFiles = names.contains { $0.hasSuffix(".h5") || $0.hasSuffix(".hdf5") }
        return holdsFiles && !names.contains(ShardFormat.manifestName) ? .hdf5 : .shards
    }

    /// The files, in the order of the arguments; those of one pattern in the order of their names' bytes.
    ///
    /// A path that exists is that file, whatever characters it has. Else `*` and `?` stand for any text and any
    /// character inside one component of the path, `[a-c]` for one of several; hidden files match only a pattern that
    /// begins with a dot.
    /// - Throws: `DataError` when a file is missing, a pattern matches nothing, a path is a directory and `kind` is not
    ///   `.shards`, or a file comes twice (by whatever name: its rows would count twice).
    public static func expand(_ patterns: [String], _ kind: Kind = .hdf5) throws(DataError) -> [String] {
        guard !patterns.isEmpty else { throw DataError(kind: .usage, "expected at least one file, found none") }
        var files: [String] = []
        var known: [Identity: String] = [:]
        for pattern in patterns {
            for path in try matches(of: pattern) {
                let identity = try identity(of: path, kind)
                if let other = known.updateValue(path, forKey: identity) {
                    throw DataError(
                        kind: .usage, file: path,
                        "expected every file once, found it again" + (other == path ? "" : ", as \(other)")
                            + "; its rows would count twice")
                }
                files.append(path)
            }
        }
        return files
    }

    private struct Identity: Hashable {
        var device: dev_t
        var number: ino_t
    }

    static func matches(of pattern: String) throws(DataError) -> [String] {
        var information = stat()
        if stat(pattern, &information) == 0 { return [pattern] }
        let reason = errno
        guard pattern.contains(where: { "*?[".contains($0) }) else { throw missing(pattern, reason) }
        var result = glob_t()
        defer { globfree(&result) }
        switch glob(pattern, GLOB_NOSORT, nil, &result) {
        case 0: break
        case GLOB_NOMATCH:
            throw DataError(kind: .fileUnavailable, file: pattern, "the pattern matches no file")
        default:
            throw DataError(
                kind: .readFailed, file: pattern, "the pattern cannot be searched: \(String(cString: strerror(errno)))")
        }
        let paths = (0..<Int(result.gl_pathc)).compactMap { index in
            result.gl_pathv[index].map { String(cString: $0) }
        }
        // By bytes, so that neither the locale nor the file system decides the order of samples.
        return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    private static func identity(of path: String, _ kind: Kind) throws(DataError) -> Identity {
        var information = stat()
        guard stat(path, &information) == 0 else { throw missing(path, errno) }
        if kind == .shards {
            // A dataset may be named by its directory or its manifest. One without a manifest is named when it is opened.
            if information.st_mode & S_IFMT == S_IFDIR { _ = stat(path + "/" + ShardFormat.manifestName, &information) }
            return Identity(device: information.st_dev, number: information.st_ino)
        }
        let name = path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]
        guard !(name.hasPrefix("shard-") && name.hasSuffix(".zst")) else {
            throw DataError(file: path, "expected a file of data, found a shard of a dataset; name its directory")
        }
        guard information.st_mode & S_IFMT != S_IFDIR else {
            let stem = path.hasSuffix("/") ? path : path + "/"
            throw DataError(
                file: path, "expected a file, found a directory; for the files in it write '\(stem)*.h5'")
        }
        return Identity(device: information.st_dev, number: information.st_ino)
    }

    private static func missing(_ path: String, _ reason: Int32) -> DataError {
        let message =
            switch reason {
            case ENOENT, ENOTDIR: "no such file"
            case EACCES, EPERM: "permission to read it is denied"
            default: "cannot be opened: \(String(cString: strerror(reason)))"
            }
        return DataError(kind: .fileUnavailable, file: path, message)
    }
}
