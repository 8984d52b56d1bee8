import Engine
import Memory

/// `γ (x − mean) / √(variance + ε) + β`, mean and variance being those of each sample's own values along the axes.
public final class LayerNormalization: Layer {
    /// As Keras counts them, the batch being axis 0.
    public let axis: [Int]
    public let epsilon: Double
    /// Whether there is a β.
    public let center: Bool
    /// Whether there is a γ.
    public let scale: Bool
    public package(set) var beta = WeightOptions(.zeros)
    public package(set) var gamma = WeightOptions(.ones)

    public init(
        axis: [Int] = [-1], epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true, name: String = ""
    ) {
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        super.init(name: name)
    }

    public override var supportsMasking: Bool { true }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        _ = try AxisOrder(axis, of: input, self)
        return input
    }

    public override func parameters(for input: Shape) -> [ParameterSpecification] {
        guard let shape = try? AxisOrder(axis, of: input, self).extents(of: input) else { return [] }
        return (scale ? [ParameterSpecification("gamma", shape, gamma).inFloat32] : [])
            + (center ? [ParameterSpecification("beta", shape, beta).inFloat32] : [])
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard let order = try? AxisOrder(axis, of: input.shape.withoutFirst, self) else { return input }
        let rows = order.joined(input)
        let width: Shape = [rows.shape.last]
        let gamma = context.parameter(scale ? 0 : nil, else: 1, shape: width).reshaped(width)
        let beta = context.parameter(center ? (scale ? 1 : 0) : nil, else: 0, shape: width).reshaped(width)
        return order.parted(rows.rowNormalized(scale: gamma, offset: beta, epsilon: Float(epsilon)), like: input)
    }
}

/// `scale · x / √(mean(x²) + ε)` along the axes. Zhang and Sennrich, arXiv 1910.07467.
public final class RMSNormalization: Layer {
    /// As Keras counts them, the batch being axis 0.
    public let axis: [Int]
    public let epsilon: Double

    public init(axis: [Int] = [-1], epsilon: Double = 1e-6, name: String = "") {
        self.axis = axis
        self.epsilon = epsilon
        super.init(name: name)
    }

    public override var supportsMasking: Bool { true }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        _ = try AxisOrder(axis, of: input, self)
        return input
    }

    public override func parameters(for input: Shape) -> [ParameterSpecification] {
        guard let shape = try? AxisOrder(axis, of: input, self).extents(of: input) else { return [] }
        return [ParameterSpecification("scale", shape, .ones).inFloat32]
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard let order = try? AxisOrder(axis, of: input.shape.withoutFirst, self) else { return input }
        let rows = order.joined(input)
        let width: Shape = [rows.shape.last]
        let normalized = rows.rowNormalized(
            scale: context.parameters[0].reshaped(width), offset: context.graph.constant(0, shape: width),
            epsilon: Float(epsilon), isCentred: false)
        return order.parted(normalized, like: input)
    }
}

/// `x / √max(Σ x², 10⁻¹²)` along the axes.
public final class UnitNormalization: Layer {
    /// As Keras counts them, the batch being axis 0.
    public let axis: [Int]

    public init(axis: [Int] = [-1], name: String = "") {
        self.axis = axis
        super.init(name: name)
    }

    public override var supportsMasking: Bool { true }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        _ = try AxisOrder(axis, of: input, self)
        return input
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard let order = try? AxisOrder(axis, of: input.shape.withoutFirst, self) else { return input }
        let sum = input.square().sum(axes: order.axes, keepDimensions: true)
        return input * sum.maximum(context.graph.constant(1e-12, shape: [])).reciprocalSquareRoot()
    }
}
