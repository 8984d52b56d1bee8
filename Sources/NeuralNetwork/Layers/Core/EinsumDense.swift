import Engine
import Memory

/// `activation(einsum(equation, x, kernel) + bias)`: sums of products over the axes that an equation names.
///
/// In `abc,cd->abd` the first part names the axes of the input (the batch first), the second those of the kernel, the
/// third those of the output. `...` stands for any axes at one end of input and output.
public final class EinsumDense: Layer {
    public let equation: String
    /// The extents of the output that the equation names, without the batch; nil for those of the input.
    public let outputShape: [Int?]
    public let activation: ActivationFunction
    /// The letters of the output that the bias has; nil for none.
    public let biasAxes: String?
    public package(set) var kernel: WeightOptions
    public package(set) var bias: WeightOptions

    public init(
        _ equation: String, outputShape: [Int?], activation: ActivationFunction = .linear, biasAxes: String? = nil,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
        kernelRegularizer: (any Regularizer)? = nil, biasRegularizer: (any Regularizer)? = nil,
        kernelConstraint: (any Constraint)? = nil, biasConstraint: (any Constraint)? = nil, name: String = ""
    ) {
        self.equation = equation
        self.outputShape = outputShape
        self.activation = activation
        self.biasAxes = biasAxes
        kernel = WeightOptions(kernelInitializer, regularizer: kernelRegularizer, constraint: kernelConstraint)
        bias = WeightOptions(biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint)
        super.init(name: name)
    }

    private func parsed(_ input: Shape) throws(ModelError) -> EinsumEquation {
        do {
            return try EinsumEquation(equation, sample: input, outputShape: outputShape, biasAxes: biasAxes)
        } catch {
            throw self.error(error.reason)
        }
    }

    /// The equation for an input that `outputShape(of:)` has accepted.
    private func resolved(_ input: Shape) -> EinsumEquation {
        do { return try parsed(input) } catch { preconditionFailure("\(error)") }
    }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        try activated(parsed(input).outputShape, activation)
    }

    override public func parameters(for input: Shape) -> [ParameterSpecification] {
        let equation = resolved(input)
        var options = kernel
        options.initializer = options.initializer.withFans(
            input: equation.kernel.indices.filter { !equation.output.contains(equation.kernel[$0]) },
            output: equation.kernel.indices.filter { equation.output.contains(equation.kernel[$0]) })
        return [ParameterSpecification("kernel", equation.kernelShape, options)]
            + (biasAxes == nil ? [] : [ParameterSpecification("bias", equation.biasShape, bias)])
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let equation = resolved(input.shape.withoutFirst)
        let bias = biasAxes == nil ? nil : context.parameters[1]
        let columns = equation.kernel.filter { !equation.input.contains($0) }
        // The product adds a bias of all its columns, and applies an activation of rows.
        let isPlain = Array(equation.output.suffix(columns.count)) == columns
        if isPlain
            && (bias == nil || equation.bias.map(\.axis) == columns && equation.biasShape == equation.shape(columns))
            && (activation.isElementwise || columns.count == 1 && activation.isOfRows)
        {
            return Tensor.einsum(
                input, equation.input, context.parameters[0], equation.kernel, equation.output, bias: bias,
                { activation($0) })
        }
        let sum = Tensor.einsum(input, equation.input, context.parameters[0], equation.kernel, equation.output)
        return activation(bias.map { sum + $0 } ?? sum)
    }
}
