import Glibc

/// A directory of shards: where its manifest is and what else lies in it. What is no dataset is told by what it is.
package struct ShardDirectory {
    package let directory: String
    package let manifestPath: String

    /// The names of everything in the directory.
    package let names: Set<String>

    /// Finds the manifest of a directory, or takes the path of one.
    package init(path: String) throws(ShardError) {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { throw Self.failure(path, "open", errno) }
        if information.st_mode & S_IFMT == S_IFDIR {
            directory = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
            manifestPath = directory + "/" + ShardFormat.manifestName
            names = try Self.names(in: directory)
            guard names.contains(ShardFormat.manifestName) else { throw Self.noManifest(directory, names) }
        } else {
            directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
            manifestPath = path
            names = try Self.names(in: directory)
        }
    }

    /// Everything in a directory but itself and its parent.
    package static func names(in directory: String) throws(ShardError) -> Set<String> {
        guard let stream = unsafe opendir(directory) else { throw failure(directory, "list", errno) }
        defer { unsafe closedir(stream) }
        var names: Set<String> = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                guard errno == 0 else { throw failure(directory, "list", errno) }
                break
            }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee))
                {
                    unsafe String(cString: $0)
                }
            }
            names.insert(name)
        }
        return names.subtracting([".", ".."])
    }

    /// Whether a name is that of the record of an unfinished conversion.
    package static func isUnfinishedRecord(_ name: String) -> Bool { name.hasSuffix(ShardFormat.unfinishedSuffix) }

    private static func noManifest(_ directory: String, _ names: Set<String>) -> ShardError {
        let shards = names.count { $0.hasPrefix("shard-") && $0.hasSuffix(".zst") }
        if let record = names.filter(isUnfinishedRecord).min() {
            return ShardError(
                .unfinished, path: directory,
                "a conversion into this directory is unfinished (\(record), \(shards) whole shards); run the same "
                    + "`millrace shard convert` again with --resume")
        }
        if shards > 0 {
            return ShardError(
                .unfinished, path: directory,
                "found \(shards) shards and no \(ShardFormat.manifestName): a conversion was not finished, or the file "
                    + "was not copied; copy it, or run `millrace shard convert` again (with --resume where it was stopped)"
            )
        }
        let webDataset =
            names.contains { $0.hasSuffix(".tar") } ? " (.tar files are read by `millrace shard convert`)" : ""
        return ShardError(
            .missing, path: directory,
            "expected a dataset of shards, found no \(ShardFormat.manifestName) among \(names.count) files\(webDataset)"
        )
    }

    private static func failure(_ path: String, _ verb: String, _ code: Int32) -> ShardError {
        switch code {
        case ENOENT, ENOTDIR: return ShardError(.missing, path: path, "no such file or directory")
        case EACCES, EPERM: return ShardError(.permission, path: path, "permission to \(verb) it is denied")
        default:
            let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
            return ShardError(.readFailed, path: path, "cannot \(verb) it: \(reason)")
        }
    }
}
