package import Files

/// A file that cannot be opened, understood, read or written.
package struct HDF5Error: Error, CustomStringConvertible, Sendable {
    /// What went wrong, in the classes that a caller treats differently.
    package enum Kind: Sendable, Equatable {
        /// There is no such file.
        case missing
        /// The file exists and may not be read.
        case permission
        /// The file is not an HDF5 file, or shorter than it says, or its metadata make no sense.
        case damaged
        /// A file that holds data changed since it was opened.
        case changed
        /// The file has no such group, dataset or attribute.
        case noObject
        /// The data is of a kind that this library does not take: type, filter, rank.
        case unsupported
        /// The stored bytes do not decode.
        case corrupt
        /// The system failed to read.
        case readFailed
        /// An output cannot be created.
        case cannotCreate
        /// The system failed to write.
        case writeFailed
    }

    package let kind: Kind

    /// The file.
    package let path: String

    /// The object inside the file, where one is concerned.
    package let object: String?

    /// What was expected and found.
    package let message: String

    /// Describes a failure of `kind` in the file at `path`.
    package init(_ kind: Kind, path: String, object: String? = nil, _ message: String) {
        self.kind = kind
        self.path = path
        self.object = object
        self.message = message
    }

    package var description: String {
        object.map { "\(path): \($0): \(message)" } ?? "\(path): \(message)"
    }
}

extension HDF5Error {
    /// What went wrong with the file's bytes.
    package init(_ error: FileError) {
        let kind: Kind =
            switch error.kind {
            case .missing: .missing
            case .permission: .permission
            case .readFailed: .readFailed
            case .damaged: .damaged
            case .changed: .changed
            }
        self.init(kind, path: error.path, error.message)
    }

    /// Runs `body`, whose errors become errors of this layer.
    static func ofFile<Result>(_ body: () throws(FileError) -> Result) throws(HDF5Error) -> Result {
        do throws(FileError) { return try body() } catch { throw HDF5Error(error) }
    }
}
