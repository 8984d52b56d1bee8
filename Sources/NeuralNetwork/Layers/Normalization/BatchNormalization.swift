import Engine
import Memory

/// `γ (x − mean) / √(variance + ε) + β` for each index of one axis.
///
/// In training mean and biased variance are those of the batch (of the positions that a mask leaves), and the moving ones
/// follow: `moving · momentum + batch · (1 − momentum)`. Elsewhere, and while the layer is frozen, the moving ones count.
/// Of a batch that is computed in parts, the statistics are those of each part, or with
/// `BatchNormalizationStatistics.wholeBatch` those of all.
/// Arithmetic is float32 whatever the layer computes in.
public final class BatchNormalization: Layer {
    public let axis: Int
    public let momentum: Double
    public let epsilon: Double
    /// Whether there is a β.
    public let center: Bool
    /// Whether there is a γ.
    public let scale: Bool
    public package(set) var beta = WeightOptions(.zeros)
    public package(set) var gamma = WeightOptions(.ones)
    public package(set) var movingMean: Initializer = .zeros
    public package(set) var movingVariance: Initializer = .ones

    public init(
        axis: Int = -1, momentum: Double = 0.99, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
        name: String = ""
    ) {
        self.axis = axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        super.init(name: name)
    }

    public override var supportsMasking: Bool { true }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        _ = try AxisOrder([axis], of: input, self)
        return input
    }

    public override func parameters(for input: Shape) -> [ParameterSpecification] {
        guard let shape = try? AxisOrder([axis], of: input, self).extents(of: input) else { return [] }
        var result: [ParameterSpecification] = []
        if scale { result.append(.init("gamma", shape, gamma).inFloat32) }
        if center { result.append(.init("beta", shape, beta).inFloat32) }
        return result + [
            .init("moving_mean", shape, movingMean, isTrainable: false, autocast: false),
            .init("moving_variance", shape, movingVariance, isTrainable: false, autocast: false),
        ]
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard let order = try? AxisOrder([axis], of: input.shape.withoutFirst, self) else { return input }
        let x = order.joined(input)
        let channels: Shape = [x.shape.last]
        let gamma = context.parameter(scale ? 0 : nil, else: 1, shape: channels)
        let beta = context.parameter(center ? (scale ? 1 : 0) : nil, else: 0, shape: channels)
        let first = (scale ? 1 : 0) + (center ? 1 : 0)
        let moving = (mean: context.parameters[first], variance: context.parameters[first + 1])
        let output: Tensor
        if context.isTraining && context.isTrainable {
            let mean, variance: Tensor
            if let mask = context.masks.first ?? nil {
                (output, mean, variance) = masked(input, mask, order, gamma, beta, isPart: context.isPart)
            } else if context.isPart {
                (output, mean, variance) = x.wholeBatchNormalized(scale: gamma, offset: beta, epsilon: Float(epsilon))
            } else {
                (output, mean, variance) = x.batchNormalized(scale: gamma, offset: beta, epsilon: Float(epsilon))
            }
            context.update(first, to: moving.mean * Float(momentum) + mean * Float(1 - momentum))
            context.update(first + 1, to: moving.variance * Float(momentum) + variance * Float(1 - momentum))
        } else {
            output = x.batchNormalized(
                scale: gamma, offset: beta, mean: moving.mean, variance: moving.variance, epsilon: Float(epsilon))
        }
        return order.parted(output, like: input)
    }

    /// Statistics of the positions that the mask (all axes but the last) leaves; Keras adds 10⁻⁷ to their number.
    private func masked(
        _ input: Tensor, _ mask: Tensor, _ order: AxisOrder, _ gamma: Tensor, _ beta: Tensor, isPart: Bool
    ) -> (Tensor, Tensor, Tensor) {
        let weights = mask.casted(to: .float32).reshaped(Shape(mask.shape.dimensions + [1])).broadcast(to: input.shape)
        let (x, w) = (order.joined(input).casted(to: .float32), order.joined(weights))
        let axes = Array(0..<x.shape.rank - 1)
        if isPart {
            let all = x.wholeBatchMoments(weights: w)
            let share = all.count / (all.count + 1e-7)
            let (mean, variance) = (all.mean * share, all.variance * share)
            let output = x.normalized(
                scale: gamma, offset: beta, mean: mean, variance: variance, epsilon: Float(epsilon))
            return (output.casted(to: input.type.scalar), mean, variance)
        }
        let count = w.sum(axes: axes) + 1e-7
        let mean = (x * w).sum(axes: axes) / count
        let distance = x - mean
        let variance = (distance.square() * w).sum(axes: axes) / count
        let factor = (variance + Float(epsilon)).reciprocalSquareRoot() * gamma
        return ((distance * factor + beta).casted(to: input.type.scalar), mean, variance)
    }
}

extension ParameterSpecification {
    /// The same parameter, which the layer gets in float32 whatever it computes in.
    var inFloat32: ParameterSpecification {
        ParameterSpecification(
            name, shape, initializer, regularizer: regularizer, constraint: constraint, isTrainable: isTrainable,
            autocast: false, fileType: fileType)
    }
}
