import DataSource
import Engine
import NeuralNetwork

/// Why training, evaluation or prediction stopped or did not start.
public struct TrainingError: Error, CustomStringConvertible {
    public enum Kind: Sendable {
        /// A call that makes no sense, for example `fit` before `compile`.
        case usage
        /// Data and model do not fit each other, or the data are bad.
        case data
        /// The configuration cannot work, for example a memory cap that is too small.
        case configuration
        /// A checkpoint is of another run, or damaged.
        case checkpoint
        /// A file cannot be created or written; `underlying` is the system's error.
        case output
        /// The engine refused.
        case engine
    }

    public let kind: Kind
    public let description: String
    /// The error underneath, if there is one.
    public let underlying: (any Error)?

    package init(_ kind: Kind, _ description: String, underlying: (any Error)? = nil) {
        self.kind = kind
        self.description = description
        self.underlying = underlying
    }
}

extension TrainingError {
    /// The error of an index that names no row of an embedding's table; nil without one.
    init?(_ invalid: (place: Int, index: Int32, rows: Int)?) {
        guard let invalid else { return nil }
        self.init(
            .data,
            "value \(invalid.place) of a column of indices is \(invalid.index), expected 0 to \(invalid.rows - 1): the rows "
                + "of the embedding's table")
    }
}
