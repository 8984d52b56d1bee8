/// A file by its path and what it was when it was found: to notice changes of a file that others read.
package struct StampedPath: Sendable, Equatable {
    package let path: String

    /// The file when it was found.
    package let stamp: FileStamp

    /// Looks at a file. Throws when there is no regular file at the path.
    package init(path: String) throws(FileError) {
        guard let stamp = FileStamp(path: path) else { throw FileError(.missing, path: path, "no such file") }
        guard stamp.isRegular else {
            throw FileError(.damaged, path: path, "expected a regular file, found a directory or device")
        }
        self.path = path
        self.stamp = stamp
    }

    /// An open file, as it was when it was opened.
    package init(_ file: FileBytes) { (path, stamp) = (file.path, file.stamp) }

    /// Throws `changed` when the path leads to another file now, or its contents changed. One `stat`.
    package func checkUnchanged() throws(FileError) {
        guard let now = FileStamp(path: path) else {
            throw FileError(
                .changed, path: path, "the file was removed while it was in use; put it back and start again")
        }
        if now != stamp { throw FileError(change: stamp, to: now, path: path) }
    }
}
