import HDF5Store
package import Shards

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
        /// A request that cannot be meant, for example a name that the model does not have.
        case usage
    }

    public let kind: Kind

    /// The file, where one is concerned.
    public var file: String?

    /// The dataset or column.
    public var dataset: String?

    /// The block that does not decode.
    public var block: Int?

    /// The rows of that block, or the row that is concerned, in the whole dataset.
    public var rows: Range<Int>?

    /// The same rows as numbered in the file.
    public var fileRows: Range<Int>?

    /// What was expected, what was found, and what to do.
    public let message: String

    /// The error of the layer below.
    public let underlying: (any Error)?

    /// Whether the stored bytes of a block or a row are damaged, and nothing else is wrong: what `BadBlockPolicy.skip`
    /// leaves out. Not so for a file that changed or is gone, for a read that failed, and for damage of a whole file.
    public let isDamage: Bool

    /// Describes a failure; a `Source` of your own throws it from its reader.
    ///
    /// - Parameter isDamage: whether the block alone is bad, and may be skipped; by default errors of kind `.invalid`
    ///   say so.
    public init(
        kind: Kind = .invalid, file: String? = nil, dataset: String? = nil, block: Int? = nil,
        rows: Range<Int>? = nil, fileRows: Range<Int>? = nil, isDamage: Bool? = nil, _ message: String,
        underlying: (any Error)? = nil
    ) {
        self.kind = kind
        self.file = file
        self.dataset = dataset
        self.block = block
        self.rows = rows
        self.fileRows = fileRows
        self.message = message
        self.isDamage = isDamage ?? (kind == .invalid)
        self.underlying = underlying
    }

    init(_ error: HDF5Error) {
        let kind: Kind =
            switch error.kind {
            case .missing, .permission: .fileUnavailable
            case .readFailed, .writeFailed: .readFailed
            case .damaged, .changed, .noObject, .unsupported, .corrupt, .cannotCreate: .invalid
            }
        self.init(
            kind: kind, file: error.path, dataset: error.object, isDamage: error.kind == .corrupt, error.message,
            underlying: error)
    }

    package init(_ error: ShardError) {
        let kind: Kind =
            switch error.kind {
            case .missing, .permission: .fileUnavailable
            case .readFailed: .readFailed
            case .damaged, .changed, .inconsistent, .unfinished, .unsupported, .invalid: .invalid
            }
        self.init(
            kind: kind, file: error.path, dataset: error.column, block: error.block, fileRows: error.rows,
            isDamage: error.kind == .damaged && (error.block != nil || error.rows != nil), error.message,
            underlying: error)
    }

    /// What went wrong while a shard was opened: never the damage of one block.
    init(ofFile error: ShardError) {
        let found = DataError(error)
        self.init(
            kind: found.kind, file: found.file, dataset: found.dataset, isDamage: false, found.message,
            underlying: error)
    }

    /// `train.h5: /x: block 7 (rows 224...255): deflate data is corrupt`.
    public var description: String {
        var parts: [String] = []
        if let file { parts.append(file) }
        if let dataset { parts.append(dataset) }
        if let block {
            parts.append(rows.map { "block \(block) (\(Self.describe($0, inFile: fileRows)))" } ?? "block \(block)")
        } else if let rows {
            parts.append(Self.describe(rows, inFile: fileRows))
        }
        return (parts + [message]).joined(separator: ": ")
    }

    /// `rows 4...7`, or `rows 4...7 of the file, 104...107 of all` where the two numberings differ.
    static func describe(_ rows: Range<Int>, inFile fileRows: Range<Int>?) -> String {
        func numbers(_ rows: Range<Int>) -> String {
            rows.count == 1 ? "\(rows.lowerBound)" : "\(rows.lowerBound)...\(rows.upperBound - 1)"
        }
        let noun = rows.count == 1 ? "row" : "rows"
        guard let fileRows, fileRows != rows else { return "\(noun) \(numbers(rows))" }
        return "\(noun) \(numbers(fileRows)) of the file, \(numbers(rows)) of all"
    }
}
