import Engine
import Memory

/// A row of a table for each whole number: (…) gives (…, outputDim); embeddings (inputDim, outputDim).
///
/// Numbers of type float32 lose their fraction. With `maskZero` the places with number 0 are masked.
public final class Embedding: Layer {
    /// The numbers are 0 to below this.
    public let inputDim: Int
    public let outputDim: Int
    public let maskZero: Bool
    public package(set) var embeddings: WeightOptions

    public init(
        _ inputDim: Int, _ outputDim: Int, embeddingsInitializer: Initializer = Initializer(kind: "RandomUniform"),
        embeddingsRegularizer: (any Regularizer)? = nil, embeddingsConstraint: (any Constraint)? = nil,
        maskZero: Bool = false, name: String = ""
    ) {
        precondition(inputDim > 0 && outputDim > 0, "Embedding: \(inputDim) by \(outputDim), expected positive numbers")
        self.inputDim = inputDim
        self.outputDim = outputDim
        self.maskZero = maskZero
        embeddings = WeightOptions(
            embeddingsInitializer, regularizer: embeddingsRegularizer, constraint: embeddingsConstraint)
        super.init(name: name)
    }

    override public var supportsMasking: Bool { maskZero }
    override public var autocast: Bool { false }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        Shape(input.dimensions + [outputDim])
    }

    override public func parameters(for input: Shape) -> [ParameterSpecification] {
        // Rows are cast behind the table, which may be much larger.
        [
            ParameterSpecification(
                "embeddings", [inputDim, outputDim], embeddings.initializer, regularizer: embeddings.regularizer,
                constraint: embeddings.constraint, autocast: false)
        ]
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        context.parameters[0].gathered(input.casted(to: .int32)).casted(to: policy.computeType)
    }

    override public func outputMasks(
        _ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext
    ) -> [Tensor?] {
        guard maskZero else { return [nil] }
        let zero = context.graph.constant(0, shape: [])
        return [inputs[0].casted(to: .float32).equal(zero).scaled(by: -1, offset: 1)]
    }
}
