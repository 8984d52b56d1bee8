/// A file that cannot be opened or read, or is not what it was.
package struct FileError: Error, CustomStringConvertible, Sendable, Equatable {
    /// What went wrong, in the classes that a caller treats differently.
    package enum Kind: Sendable, Equatable {
        /// There is no such file.
        case missing
        /// The file exists and may not be read.
        case permission
        /// The system failed to read.
        case readFailed
        /// The file is no regular one, or shorter than asked for.
        case damaged
        /// The file is another one than was opened, or its contents changed since.
        case changed
    }

    package var kind: Kind

    /// The file.
    package var path: String

    /// What was expected, what was found, and what to do.
    package var message: String

    init(_ kind: Kind, path: String, _ message: String) {
        self.kind = kind
        self.path = path
        self.message = message
    }

    /// A file that is another one than it was.
    package init(change before: FileStamp, to now: FileStamp, path: String) {
        self.init(
            .changed, path: path,
            "the file changed while it was in use: \(before.change(to: now)); let whatever writes it finish, then start"
                + " again")
    }

    package var description: String { "\(path): \(message)" }
}
