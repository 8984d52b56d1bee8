import Engine
import Memory

/// What recurrent cells have in common.
public struct CellOptions: Sendable {
    /// Of the candidate and, in LSTM, of the cell.
    public var activation: ActivationFunction
    /// Of the gates.
    public var recurrentActivation: ActivationFunction
    public var useBias: Bool
    public var kernel: WeightOptions
    public var recurrent: WeightOptions
    public var bias: WeightOptions
    /// In training, the part of the inputs that becomes zero: the same at all steps of a sequence.
    public var dropout: Double
    /// In training, the part of the state that becomes zero in front of the recurrent product: the same at all steps and,
    /// unlike Keras, which draws for each gate, for all gates.
    public var recurrentDropout: Double
    /// Keras's seed of the dropout, kept for files; a model's own seed chooses the masks.
    public var seed: Int?

    public init(
        activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
        useBias: Bool = true, kernel: WeightOptions = WeightOptions(.glorotUniform),
        recurrent: WeightOptions = WeightOptions(Initializer(kind: "Orthogonal")),
        bias: WeightOptions = WeightOptions(.zeros), dropout: Double = 0, recurrentDropout: Double = 0, seed: Int? = nil
    ) {
        precondition(
            (0...1).contains(dropout) && (0...1).contains(recurrentDropout),
            "CellOptions: dropout \(dropout), recurrent dropout \(recurrentDropout), expected 0…1")
        self.activation = activation
        self.recurrentActivation = recurrentActivation
        self.useBias = useBias
        self.kernel = kernel
        self.recurrent = recurrent
        self.bias = bias
        self.dropout = dropout
        self.recurrentDropout = recurrentDropout
        self.seed = seed
    }
}

/// A cell of a number of units: kernel (in, gates · units), recurrent kernel (units, gates · units), bias.
public class UnitsCell: RNNCell {
    public let units: Int
    public let options: CellOptions

    init(units: Int, options: CellOptions, name: String) {
        precondition(units > 0, "recurrent cell: units \(units), expected a positive number")
        self.units = units
        self.options = options
        super.init(name: name)
    }

    override public var stateSizes: [Int] { [units] }
    override var outputState: Int? { 0 }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        for function in [options.activation, options.recurrentActivation]
        where function.outputShape(of: [units]) != [units] {
            throw error(
                "activation \(function.rawValue) changes the shape of what has \(units) units; expected one that does not"
            )
        }
        return try super.outputShapes(of: inputs)
    }

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] { oneStep(inputs, context) }

    /// Blocks of columns of the kernels.
    var gates: Int { 1 }

    var biasShape: [Int] { [gates * units] }

    var biasInitializer: Initializer { options.bias.initializer }

    override public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
        let bias = ParameterSpecification(
            "bias", Shape(biasShape), biasInitializer, regularizer: options.bias.regularizer,
            constraint: options.bias.constraint)
        return [
            ParameterSpecification("kernel", [inputs[0].last, gates * units], options.kernel),
            ParameterSpecification("recurrent_kernel", [units, gates * units], options.recurrent),
        ] + (options.useBias ? [bias] : [])
    }

    /// The inputs with dropout: one mask for all steps of a sequence. As in Keras, a rate of 1 has no effect.
    final func dropped(_ inputs: Tensor, _ context: LayerContext) -> Tensor {
        guard context.isTraining, options.dropout > 0, options.dropout < 1 else { return inputs }
        return inputs.dropout(
            rate: Float(options.dropout), stream: context.nextStream(), noiseShape: [nil, 1, nil])
    }

    /// Factors (batch, units) of the state in front of the recurrent product; nil when all are 1.
    final func recurrentFactors(_ inputs: Tensor, _ context: LayerContext) -> Tensor? {
        guard context.isTraining, options.recurrentDropout > 0, options.recurrentDropout < 1 else { return nil }
        return context.graph.constant(1, shape: [inputs.shape[0], units])
            .dropout(rate: Float(options.recurrentDropout), stream: context.nextStream())
    }

    final func recurrence(_ walk: SequenceWalk) -> RecurrenceOptions {
        RecurrenceOptions(
            activation: options.activation.inKernels ?? .tanh,
            recurrentActivation: options.recurrentActivation.inKernels ?? .sigmoid, goBackwards: walk.goBackwards,
            zeroOutputForMask: walk.zeroOutputForMask)
    }

    /// The activations as functions, where the kernels of recurrent layers do not have both.
    final var functions: RecurrenceFunctions? {
        if options.activation.inKernels != nil && options.recurrentActivation.inKernels != nil { return nil }
        return RecurrenceFunctions(
            activation: { [options] in options.activation($0) },
            recurrentActivation: { [options] in options.recurrentActivation($0) })
    }
}

extension ActivationFunction {
    /// The function that the kernels of recurrent layers have; nil where they do not have it.
    fileprivate var inKernels: RecurrentActivation? {
        switch form {
        case .named(let name): RecurrentActivation(rawValue: name.rawValue)
        case .relu(0, nil, 0): .relu
        case .elu(1): .elu
        default: nil
        }
    }
}
