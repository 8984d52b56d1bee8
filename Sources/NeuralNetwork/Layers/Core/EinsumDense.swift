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
        let (x, w, y) = (equation.input, equation.kernel, equation.output)
        // Axes of both factors are summed over, or, when the output has them, pair rows with matrices.
        let pairing = x.filter { w.contains($0) && y.contains($0) }
        let summed = w.filter { x.contains($0) && !y.contains($0) }
        let rows = x.filter { y.contains($0) && !w.contains($0) }
        let columns = w.filter { y.contains($0) && !x.contains($0) }
        let alone = x.indices.filter { !y.contains(x[$0]) && !w.contains(x[$0]) }

        let source = alone.isEmpty ? input : input.sum(axes: alone)
        let sourceAxes = x.indices.filter { !alone.contains($0) }.map { x[$0] }
        let left = source.transposed((pairing + rows + summed).map { sourceAxes.firstIndex(of: $0)! })
        let right = context.parameters[0].transposed((pairing + summed + columns).map { w.firstIndex(of: $0)! })
        let extents = [x[0]: input.shape[0]].merging(equation.extents) { batch, _ in batch }
        func count(_ axes: [Int]) -> Int { axes.reduce(1) { $0 * extents[$1]! } }

        // The innermost axes of the bias may belong to the product, which then adds it.
        let bias = biasAxes == nil ? nil : context.parameters[1]
        let isFused =
            pairing.isEmpty && y == rows + columns && equation.bias.map(\.axis) == columns
            && equation.biasShape == equation.shape(columns)
        let product: Tensor
        if pairing.isEmpty {
            product = left.reshaped([count(rows), count(summed)]).innerProduct(
                right.reshaped([count(summed), count(columns)]), bias: isFused ? bias?.reshaped([count(columns)]) : nil)
            if isFused || bias == nil && y == rows + columns {
                let shape = Shape(y.map { extents[$0]! })
                // On rows the activation is fused into the product.
                let isOfRows = activation.isElementwise || columns.count == 1 && activation.isOfRows
                return isOfRows ? activation(product).reshaped(shape) : activation(product.reshaped(shape))
            }
        } else {
            product = left.reshaped([count(pairing), count(rows), count(summed)]).matrixProduct(
                right.reshaped([count(pairing), count(summed), count(columns)]))
        }
        let axes = pairing + rows + columns
        let result = product.reshaped(Shape(axes.map { extents[$0]! })).transposed(y.map { axes.firstIndex(of: $0)! })
        return activation(bias.map { result + $0 } ?? result)
    }
}
