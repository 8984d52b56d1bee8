import Engine
import Memory

/// `γ (x − mean) / √(variance + ε) + β`, mean and variance being those of each sample's own values in a group of
/// neighbouring channels. Wu and He, arXiv 1803.08494.
public final class GroupNormalization: Layer {
    /// Parts into which the channels fall; −1 for a group a channel.
    public let groups: Int
    /// The channels, as Keras counts axes, the batch being axis 0.
    public let axis: Int
    public let epsilon: Double
    /// Whether there is a β.
    public let center: Bool
    /// Whether there is a γ.
    public let scale: Bool
    public package(set) var beta = WeightOptions(.zeros)
    public package(set) var gamma = WeightOptions(.ones)

    public init(
        groups: Int = 32, axis: Int = -1, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
        name: String = ""
    ) {
        self.groups = groups
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        super.init(name: name)
    }

    public override var supportsMasking: Bool { true }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        let channels = try AxisOrder([axis], of: input, self).extents(of: input).last
        let count = groups == -1 ? channels : groups
        guard count > 0, channels % count == 0 else {
            throw error("groups is \(groups), expected a divisor of the \(channels) channels")
        }
        return input
    }

    public override func parameters(for input: Shape) -> [ParameterSpecification] {
        guard let shape = try? AxisOrder([axis], of: input, self).extents(of: input) else { return [] }
        return (scale ? [ParameterSpecification("gamma", shape, gamma).inFloat32] : [])
            + (center ? [ParameterSpecification("beta", shape, beta).inFloat32] : [])
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard let order = try? AxisOrder([axis], of: input.shape.withoutFirst, self) else { return input }
        let x = order.joined(input)
        let (channels, rows) = (x.shape.last, x.shape[0])
        let count = groups == -1 ? channels : groups
        let positions = x.shape.elementCount / (rows * channels)
        // Each group of a sample is a row: (rows, groups, positions · channels of a group).
        let parts = x.reshaped([rows, positions, count, channels / count]).transposed([0, 2, 1, 3])
        let width: Shape = [positions * (channels / count)]
        let normalized = parts.reshaped([rows, count, width[0]]).rowNormalized(
            scale: context.graph.constant(1, shape: width), offset: context.graph.constant(0, shape: width),
            epsilon: Float(epsilon))
        let back = normalized.reshaped([rows, count, positions, channels / count]).transposed([0, 2, 1, 3])
            .reshaped(x.shape)
        let gamma = context.parameter(scale ? 0 : nil, else: 1, shape: [channels])
        let beta = context.parameter(center ? (scale ? 1 : 0) : nil, else: 0, shape: [channels])
        return order.parted((back * gamma + beta).casted(to: input.type.scalar), like: input)
    }
}
