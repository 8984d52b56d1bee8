import Engine
import Memory
import NeuralNetwork

/// What a training step of one's own computes, in symbolic tensors: its inputs, the calls of layers, the loss, which
/// parameters follow which gradients, and what is reported. Given to the closure of a `TrainStep`.
public final class StepDescription {
    /// The graph that is described.
    public let graph: Graph
    /// The rows of a batch.
    public let rows: Int
    private let model: Model
    private let tracer: Tracer
    private(set) var gradients: [(tensor: Tensor, parameter: Int)] = []
    private(set) var figures: [(name: String, tensor: Tensor)] = []
    private(set) var inputNames: [String] = []

    var updates: [(tensor: Tensor, parameter: Int)] { tracer.updates }

    init(_ model: Model, rows: Int) {
        graph = Graph()
        self.model = model
        self.rows = rows
        tracer = Tracer(graph, model.registry)
    }

    /// A tensor that the caller gives at every run, with the batch axis in front.
    ///
    /// - Parameters:
    ///   - shape: of one row.
    ///   - type: `float32` or `int32`.
    public func input(_ name: String, _ shape: Shape, type: ScalarType = .float32) -> Tensor {
        precondition(!inputNames.contains(name), "StepDescription: input \"\(name)\" is asked for twice")
        inputNames.append(name)
        return graph.input(name, shape: shape.prepending(rows), type: type)
    }

    /// The outputs of the model, or of a layer or nested model of it.
    ///
    /// - Parameter isTraining: whether dropout is active and batch normalization uses the batch's statistics.
    public func call(_ layer: Layer, _ inputs: [Tensor], isTraining: Bool = true) -> [Tensor] {
        tracer.call(layer, inputs, masks: inputs.map { _ in nil }, isTraining: isTraining).outputs
    }

    /// The only output of a layer or model of one input.
    public func call(_ layer: Layer, _ input: Tensor, isTraining: Bool = true) -> Tensor {
        call(layer, [input], isTraining: isTraining)[0]
    }

    /// What is added to the loss, as Keras's `model.losses`: by layers in the calls so far, such as activity regularizers,
    /// and by the regularizers of all weights of the model that are trained.
    public var addedLosses: [Tensor] { tracer.losses + regularization }

    private lazy var regularization = model.regularizationLosses(graph)

    /// The trained parameters of the model whose paths fulfil a condition, as tensors.
    public func parameters(where condition: (String) -> Bool = { _ in true }) -> [Tensor] {
        model.parameters.indices
            .filter { model.parameters[$0].isTrainable && condition(model.parameters[$0].path) }
            .map { graph.parameter($0, shape: model.parameters[$0].specification.shape) }
    }

    /// Lets the optimizer of the step change parameters along the gradients of a scalar.
    ///
    /// - Parameter parameters: what `parameters(where:)` gave; all trained ones by default.
    public func minimize(_ loss: Tensor, _ parameters: [Tensor]? = nil) {
        let parameters = parameters ?? self.parameters()
        apply(graph.gradients(of: loss, withRespectTo: parameters), to: parameters)
    }

    /// Lets the optimizer of the step change parameters along gradients that the caller has worked on.
    public func apply(_ gradients: [Tensor], to parameters: [Tensor]) {
        for (gradient, parameter) in zip(gradients, parameters) {
            guard let read = parameter.producer.operation as? ParameterRead else {
                preconditionFailure("StepDescription: apply(_:to:) takes what parameters(where:) gave")
            }
            precondition(
                gradient.shape == parameter.shape,
                "StepDescription: gradient \(gradient.shape) for parameter \(parameter.shape)")
            precondition(
                !self.gradients.contains { $0.parameter == read.index },
                "StepDescription: a parameter is given two gradients; add them up first")
            self.gradients.append((gradient, read.index))
        }
    }

    /// Gives a scalar a name in what the step returns.
    public func report(_ name: String, _ value: Tensor) {
        precondition(value.shape.elementCount == 1, "StepDescription: \(name) has shape \(value.shape), not a scalar's")
        figures.append((name, value.casted(to: .float32)))
    }
}
