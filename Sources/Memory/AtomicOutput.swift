import Glibc

/// A file that appears whole or not at all.
///
/// The content is written to `temporaryPath`, a hidden name in the same directory; `commit()` syncs it and renames it
/// over the target. Without a commit the temporary file is removed, and a target that was there before stays as it was.
package struct AtomicOutput: ~Copyable {
    /// Where the file will appear.
    package let path: String

    /// Where to write until `commit()`. The file exists and is empty.
    package let temporaryPath: String

    private var isCommitted = false

    /// Creates the temporary file, so that an output that cannot be written fails before the work.
    ///
    /// A link is followed, and what it leads to is replaced. Devices, pipes and directories are refused: renaming a file
    /// over `/dev/null` would take it from the whole machine.
    package init(path: String) throws(OutputError) {
        let path = Self.target(of: path)
        self.path = path
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { String(path[...$0]) } ?? ""
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        var information = stat()
        if stat(path, &information) == 0, information.st_mode & S_IFMT != S_IFREG {
            let isDirectory = information.st_mode & S_IFMT == S_IFDIR
            throw OutputError(
                path: path, stage: .create, code: isDirectory ? EISDIR : EEXIST,
                reason: isDirectory ? nil : "it exists and is not a regular file")
        }
        temporaryPath = try Self.makeFile("\(directory).\(name)", for: path)
    }

    // Not mkstemp: its files may be read by nobody else, and asking for the mask that other files have would change it for
    // a moment, for all threads.
    private static func makeFile(_ stem: String, for path: String) throws(OutputError) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        for _ in 0..<100 {
            let name = "\(stem).\(String((0..<6).map { _ in letters.randomElement()! }))"
            let file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if file >= 0 {
                close(file)
                return name
            }
            guard errno == EEXIST else { throw OutputError(path: path, stage: .create, code: errno) }
        }
        throw OutputError(path: path, stage: .create, code: EEXIST)
    }

    /// Where a link leads; other paths as they are.
    private static func target(of path: String) -> String {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFLNK,
            let resolved = realpath(path, nil)
        else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Syncs the temporary file and renames it over the target.
    ///
    /// - Parameter syncs: false leaves syncing to the caller, later: a machine that loses power before may have the
    ///   name and not all of the content.
    package mutating func commit(syncs: Bool = true) throws(OutputError) {
        precondition(!isCommitted, "AtomicOutput: committed twice")
        if syncs { try sync() }
        guard rename(temporaryPath, path) == 0 else { throw OutputError(path: path, stage: .create, code: errno) }
        isCommitted = true
        if syncs { Self.syncDirectory(of: path) }
    }

    private func sync() throws(OutputError) {
        let descriptor = open(temporaryPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputError(path: path, stage: .write, code: errno) }
        let synced = fsync(descriptor)
        let code = errno
        close(descriptor)
        guard synced == 0 else { throw OutputError(path: path, stage: .write, code: code) }
    }

    /// Makes a new name durable. File systems without directory sync refuse it, which changes nothing for the content.
    package static func syncDirectory(of path: String) {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    deinit {
        if !isCommitted { unlink(temporaryPath) }
    }
}

/// An output file that cannot be created or written.
package struct OutputError: Error, CustomStringConvertible, Sendable {
    /// What failed: creating the file, or writing and syncing its content.
    package enum Stage: Sendable { case create, write }

    /// The target, not the temporary name.
    package let path: String
    package let stage: Stage

    /// The system's error number.
    package let code: Int32

    /// What is wrong, in words.
    package let reason: String

    /// Describes a failed system call on `path`.
    package init(path: String, stage: Stage, code: Int32, reason: String? = nil) {
        self.path = path
        self.stage = stage
        self.code = code
        self.reason = reason ?? String(cString: strerror(code))
    }

    package var description: String {
        switch stage {
        case .create: "cannot create \(path): \(reason)"
        case .write: "writing \(path) failed: \(reason)"
        }
    }
}
