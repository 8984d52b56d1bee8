import Engine
import Memory

extension ActivationFunction {
    /// The function on a tensor with the batch axis in front.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch form {
        case .named(let name): Self.apply(name, x)
        case .relu(let slope, let maximum, let threshold):
            x.rectified(negativeSlope: slope, maximum: maximum, threshold: threshold)
        case .leakyRelu(let slope): x.rectified(negativeSlope: slope)
        case .elu(let alpha): x.elu(alpha: alpha)
        case .softmax(let axis): x.softmax(axes: axis)
        }
    }

    private static func apply(_ name: Name, _ x: Tensor) -> Tensor {
        switch name {
        case .linear: x
        case .sigmoid: x.sigmoid()
        case .tanh: x.tanh()
        case .softplus: x.softplus()
        case .softsign: x / (x.abs() + 1)
        case .exponential: x.exp()
        case .gelu: x.gelu()
        case .silu: x * x.sigmoid()
        case .selu: x.elu(alpha: 1.673_263_24) * 1.050_700_99
        case .mish: x * x.softplus().tanh()
        case .relu6: x.clipped(from: 0, to: 6)
        case .celu: x.elu(alpha: 1)
        case .glu: x.glu()
        case .squareplus: (x + (x.square() + 4).sqrt()) * 0.5
        case .sparsemax: x.sparsemax()
        case .logSoftmax: x.logSoftmax()
        case .hardSigmoid: x.hardSigmoid()
        case .hardSilu: x * x.hardSigmoid()
        case .hardTanh: x.clipped(from: -1, to: 1)
        case .hardShrink: x * x.abs().greater(x.graph.constant(0.5, shape: []).casted(to: x.type.scalar))
        case .softShrink: x - x.clipped(from: -0.5, to: 0.5)
        case .tanhShrink: x - x.tanh()
        // Its slope is sparseSigmoid: a square between −1 and 1, and x beyond.
        case .sparsePlus: (x.clipped(from: -1, to: 1) + 1).square() * 0.25 + (x - 1).relu()
        case .sparseSigmoid: (x.clipped(from: -1, to: 1) + 1) * 0.5
        case .logSigmoid: -(-x).softplus()
        }
    }
}

extension Tensor {
    /// `maximum` from there on, `x` from `threshold` on, `negativeSlope · (x − threshold)` below.
    func rectified(negativeSlope: Float, maximum: Float? = nil, threshold: Float = 0) -> Tensor {
        // The plain form is fused into the product in front of it.
        if maximum == nil && threshold == 0 && negativeSlope >= 0 { return relu(negativeSlope: negativeSlope) }
        let limit = graph.constant(threshold, shape: []).casted(to: type.scalar)
        let below = scaled(by: negativeSlope, offset: -negativeSlope * threshold)
        let rectified = Tensor.select(greaterOrEqual(limit), self, below)
        return maximum.map { rectified.clipped(from: -.infinity, to: $0) } ?? rectified
    }

    /// `x` from 0 on, `alpha · (eˣ − 1)` below.
    func elu(alpha: Float) -> Tensor {
        // Large numbers do not reach the exponential, whose infinity would be no number in the gradient.
        relu() + clipped(from: -.infinity, to: 0).expm1() * alpha
    }

    /// `x · (1 + erf(x / √2)) / 2`, or with `approximate` `x · (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`.
    func gelu(approximate: Bool = false) -> Tensor {
        if approximate {
            let inner = (self + self * square() * 0.044_715) * 0.797_884_56
            return self * (inner.tanh() + 1) * 0.5
        }
        return self * ((self * 0.707_106_78).erf() + 1) * 0.5
    }

    /// `relu6(x + 3) / 6`.
    func hardSigmoid() -> Tensor { (self + 3).clipped(from: 0, to: 6) * (1.0 / 6) }

    /// `a · sigmoid(b)` for the halves of the last axis.
    func glu() -> Tensor {
        let half = shape.last / 2
        return sliced(axis: -1, 0..<half) * sliced(axis: -1, half..<2 * half).sigmoid()
    }

    /// `log Σ eˣ` over axes, computed with the largest number taken out.
    func logSumExp(axes: [Int]?, keepDimensions: Bool = true) -> Tensor {
        let largest = max(axes: axes, keepDimensions: true).stoppingGradient()
        let sum = (self - largest).exp().sum(axes: axes, keepDimensions: true).log() + largest
        return keepDimensions ? sum : sum.max(axes: axes)
    }

    /// The logarithm of softmax along an axis.
    func logSoftmax(axis: Int = -1) -> Tensor { self - logSumExp(axes: [axis]) }

    /// Softmax over some axes together; negative ones count from the last.
    func softmax(axes: [Int]) -> Tensor {
        let rank = shape.rank
        let chosen = axes.map { $0 < 0 ? $0 + rank : $0 }.sorted()
        if chosen == [rank - 1] { return softmax() }
        // These axes last, as one.
        let others = (0..<rank).filter { !chosen.contains($0) }
        let order = others + chosen
        let turned = transposed(order)
        let count = chosen.reduce(1) { $0 * shape[$1] }
        let result = turned.reshaped(Shape(others.map { shape[$0] } + [count])).softmax().reshaped(turned.shape)
        return result.transposed(order.indices.map { order.firstIndex(of: $0)! })
    }

    /// The nearest point of the probabilities along the last axis.
    ///
    /// `max(x − τ, 0)` where τ makes the sum 1. A number belongs to the support if the others exceed it by less than 1
    /// in all, which needs no sorting: as much memory as pairs of numbers.
    func sparsemax() -> Tensor {
        let count = shape.last
        let leading = Array(shape.dimensions.dropLast())
        let differences = reshaped(Shape(leading + [1, count])) - reshaped(Shape(leading + [count, 1]))
        let excess = differences.stoppingGradient().relu().sum(axes: [-1])
        let isSupport = excess.less(graph.constant(1, shape: []).casted(to: type.scalar)).stoppingGradient()
        let size = isSupport.sum(axes: [-1], keepDimensions: true)
        let threshold = ((self * isSupport).sum(axes: [-1], keepDimensions: true) - 1) / size
        return (self - threshold).relu()
    }
}
