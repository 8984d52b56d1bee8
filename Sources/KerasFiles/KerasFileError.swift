// KerasFiles: `.keras` models in and out.
//
//   Archive/        the zip file and the HDF5 file of weights in it
//   Configuration/  config.json: layers, connections, compile configuration
//
// May import HDF5Store, JSONText, NeuralNetwork, CZip, Memory. What a layer computes is not known here, only how Keras
// writes it down. A configuration that asks for something which this library does not do is an error that names it: a
// model is never loaded as something else than it is.

/// A model file that cannot be read or written.
public struct KerasFileError: Error, CustomStringConvertible, Sendable {
    public enum Kind: Sendable {
        /// There is no such file, or it may not be read.
        case missing
        /// The file is not a model, is damaged, or holds something unsupported.
        case invalid
        /// The output cannot be created.
        case cannotCreate
        /// Reading or writing failed on the way.
        case inputOutput
    }

    public let kind: Kind
    /// The file.
    public let path: String
    /// What is wrong, where in the file, and what to do.
    public let reason: String

    public var description: String { "\(path): \(reason)" }

    init(_ kind: Kind, _ path: String, _ reason: String) {
        self.kind = kind
        self.path = path
        self.reason = reason
    }
}

/// Something in a configuration that cannot be understood or is unsupported; the reader adds the file.
package struct ConfigurationError: Error {
    package let reason: String

    init(_ reason: String) { self.reason = reason }
}
