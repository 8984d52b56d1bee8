import HDF5Store

/// Data that cannot be opened, read or decoded.
public struct DataError: Error, CustomStringConvertible, Sendable {
    /// What a caller treats differently.
    public enum Kind: Sendable, Equatable {
        /// An input file does not exist or may not be read.
        case fileUnavailable
        /// The data are not what they should be: damaged, missing inside the file, of a wrong type or shape.
        case invalid
        /// The system failed to read.
        case readFailed
    }

    public let kind: Kind

    /// The file, where one is concerned.
    public var file: String?

    /// The dataset or column.
    public var dataset: String?

    /// The block that does not decode.
    public var block: Int?

    /// The rows of that block.
    public var rows: Range<Int>?

    /// What was expected, what was found, and what to do.
    public let message: String

    /// The error of the layer below.
    public let underlying: (any Error)?

    /// Describes a failure; a `Source` of your own throws it from its reader.
    public init(
        kind: Kind = .invalid, file: String? = nil, dataset: String? = nil, block: Int? = nil,
        rows: Range<Int>? = nil, _ message: String, underlying: (any Error)? = nil
    ) {
        self.kind = kind
        self.file = file
        self.dataset = dataset
        self.block = block
        self.rows = rows
        self.message = message
        self.underlying = underlying
    }

    init(_ error: HDF5Error) {
        let kind: Kind =
            switch error.kind {
            case .missing, .permission: .fileUnavailable
            case .readFailed, .writeFailed: .readFailed
            case .damaged, .noObject, .unsupported, .corrupt, .cannotCreate: .invalid
            }
        self.init(kind: kind, file: error.path, dataset: error.object, error.message, underlying: error)
    }

    /// `train.h5: /x: block 7 (rows 224...255): deflate data is corrupt`.
    public var description: String {
        var parts: [String] = []
        if let file { parts.append(file) }
        if let dataset { parts.append(dataset) }
        if let block {
            parts.append(
                rows.map { "block \(block) (rows \($0.lowerBound)...\($0.upperBound - 1))" } ?? "block \(block)")
        }
        return (parts + [message]).joined(separator: ": ")
    }
}
