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
        /// The file is no regular one, shorter than asked for, or changed since it was opened.
        case damaged
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

    package var description: String { "\(path): \(message)" }
}
