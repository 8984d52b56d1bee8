// NeuralNetwork: layers, initializers, losses, metrics, optimizers, and the model that they form.
//
//   Layers/      one layer a file: its shape rule, its parameters, its call on symbolic tensors
//   Losses/ Metrics/ Optimizers/   one a file, the formula in the doc comment
//   Model/       how layers are connected, the trace of a model into an engine graph, its parameters
//
// May import Engine, CKernels, Memory. Files, data sources and the training loop are unknown here. Names and defaults
// are Keras's.

/// A model that cannot be built, or whose parts do not fit each other.
public struct ModelError: Error, CustomStringConvertible, Sendable {
    /// What is wrong, where, and what to do.
    public let description: String

    public init(_ description: String) { self.description = description }
}
