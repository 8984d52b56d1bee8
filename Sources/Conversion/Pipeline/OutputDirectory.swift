internal import Glibc
internal import Memory
internal import Shards

/// The directory of a dataset that is being made.
///
/// Until everything is whole, shards, spill files and the record lie in a directory of their own inside it, named
/// `conversion.partial`, and what was in the output before stays as it was. Then the shards get their places, the manifest comes
/// last, and that directory goes. Every step can be repeated, so that an end at any moment loses nothing.
struct OutputDirectory {
    let path: String

    /// Where unfinished things lie.
    var partial: String { "\(path)/conversion\(ShardFormat.unfinishedSuffix)" }

    /// What is found where a dataset is to be made.
    enum State: Equatable {
        /// Nothing that stands in the way.
        case free
        /// An unfinished conversion.
        case unfinished
        /// A whole dataset, or shards without a manifest.
        case occupied(String)
    }

    /// Looks what is there, and changes nothing.
    func state() throws -> State {
        var information = stat()
        guard stat(path, &information) == 0 else {
            guard errno == ENOENT else { throw OutputError(path: path, stage: .create, code: errno) }
            return .free
        }
        guard information.st_mode & S_IFMT == S_IFDIR else {
            throw OutputError(path: path, stage: .create, code: ENOTDIR)
        }
        let names = try ShardDirectory.names(in: path)
        if names.contains(Self.name(of: partial)) { return .unfinished }
        if names.contains(ShardFormat.manifestName) { return .occupied("a dataset (\(ShardFormat.manifestName))") }
        let shards = names.filter(Self.isShard)
        return shards.isEmpty ? .free : .occupied("\(shards.count) shards without a manifest")
    }

    /// Makes the directory and the place for unfinished things.
    func create() throws {
        for directory in Self.prefixes(of: path) + [partial] where mkdir(directory, 0o777) != 0 && errno != EEXIST {
            throw OutputError(path: directory, stage: .create, code: errno)
        }
    }

    /// Removes an unfinished conversion, its record last: until then the end of the process changes nothing.
    func removePartial() throws {
        let record = ConversionRecord.fileName
        for name in try ShardDirectory.names(in: partial).filter({ $0 != record }) + [record] {
            try Self.remove("\(partial)/\(name)")
        }
        guard rmdir(partial) == 0 else { throw OutputError(path: partial, stage: .write, code: errno) }
    }

    /// Removes files of the unfinished conversion that its record does not know: a crash left them.
    func removeStrays(keeping names: Set<String>) throws {
        for name in try ShardDirectory.names(in: partial) where !names.contains(name) {
            try Self.remove("\(partial)/\(name)")
        }
    }

    /// Gives whole shards their places, in a directory from which an older dataset is removed first. The manifest lies
    /// ready beside them (`prepare`), or has its place since an earlier attempt.
    func publish(_ manifest: ShardManifest, report: String?) throws {
        let ready = "\(partial)/\(ShardFormat.manifestName)"
        if access(ready, F_OK) == 0 { try Self.remove("\(path)/\(ShardFormat.manifestName)") }
        let names = Set(manifest.shards.map(\.file))
        for name in try ShardDirectory.names(in: path) where Self.isShard(name) && !names.contains(name) {
            try Self.remove("\(path)/\(name)")
        }
        // The report is moved behind all shards: while one of them lies here, a report in its place is an older one.
        if manifest.shards.contains(where: { access("\(partial)/\($0.file)", F_OK) == 0 }) {
            try Self.remove("\(path)/\(RejectionReport.fileName)")
        }
        for name in manifest.shards.map(\.file) + (report.map { [$0] } ?? []) {
            // What is not there was moved before the process ended last time.
            guard rename("\(partial)/\(name)", "\(path)/\(name)") == 0 || errno == ENOENT else {
                throw OutputError(path: "\(path)/\(name)", stage: .create, code: errno)
            }
        }
        for shard in manifest.shards {
            var information = stat()
            let file = "\(path)/\(shard.file)"
            guard stat(file, &information) == 0 else { throw OutputError(path: file, stage: .write, code: errno) }
            guard information.st_size == shard.byteCount else {
                throw OutputError(
                    path: file, stage: .write, code: EIO,
                    reason: "expected \(shard.byteCount) bytes, found \(information.st_size); start anew with --force")
            }
        }
        try Self.sync(path)
        let place = "\(path)/\(ShardFormat.manifestName)"
        guard rename(ready, place) == 0 || errno == ENOENT else {
            throw OutputError(path: place, stage: .create, code: errno)
        }
        try Self.sync(path)
        try removePartial()
        try Self.sync(path)
    }

    private static func isShard(_ name: String) -> Bool { name.hasPrefix("shard-") && name.hasSuffix(".zst") }

    private static func name(of path: String) -> String {
        String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
    }

    // `a/b/c`: `a`, `a/b`, `a/b/c`.
    private static func prefixes(of path: String) -> [String] {
        path.indices.dropFirst().filter { path[$0] == "/" }.map { String(path[..<$0]) } + [path]
    }

    private static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw OutputError(path: path, stage: .write, code: errno) }
    }

    private static func sync(_ directory: String) throws {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputError(path: directory, stage: .write, code: errno) }
        // File systems that cannot sync a directory say so with EINVAL, and lose nothing by it.
        let (status, code) = (fsync(descriptor), errno)
        close(descriptor)
        guard status == 0 || code == EINVAL else { throw OutputError(path: directory, stage: .write, code: code) }
    }
}
