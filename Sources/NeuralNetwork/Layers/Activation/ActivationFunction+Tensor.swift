import Engine
import Memory

extension ActivationFunction {
    /// The function on a tensor with the batch axis in front.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch form {
        case .named(let name): Self.apply(name, x)
        // The plain form is fused into the product in front of it.
        case .relu(0, nil, 0): x.relu()
        case .relu(let slope, let maximum, let threshold):
            x.relu(negativeSlope: slope, maxValue: maximum, threshold: threshold)
        case .leakyRelu(let slope): x.leakyReLU(negativeSlope: slope)
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
        case .softsign: x.softsign()
        case .exponential: x.exp()
        case .gelu: x.gelu()
        case .silu: x.silu()
        case .selu: x.selu()
        case .mish: x.mish()
        case .relu6: x.relu6()
        case .celu: x.celu()
        case .glu: x.glu()
        case .squareplus: x.squareplus()
        case .sparsemax: x.sparsemaxOfKeras()
        case .logSoftmax: x.logSoftmax()
        case .hardSigmoid: x.hardSigmoid()
        case .hardSilu: x.hardSiLU()
        case .hardTanh: x.hardTanh()
        case .hardShrink: x.hardShrink()
        case .softShrink: x.softShrink()
        case .tanhShrink: x.tanhShrink()
        case .sparsePlus: x.sparsePlus()
        case .sparseSigmoid: x.sparseSigmoid()
        case .logSigmoid: x.logSigmoid()
        }
    }
}

extension Tensor {
    /// `log Σ eˣ` over axes, computed with the largest number taken out.
    func logSumExp(axes: [Int], keepDimensions: Bool) -> Tensor {
        let largest = max(axes: axes, keepDimensions: true).stoppingGradient()
        let sum = (self - largest).exp().sum(axes: axes, keepDimensions: true).log() + largest
        if keepDimensions { return sum }
        return sum.reshaped(Shape(shape.dimensions.indices.filter { !axes.contains($0) }.map { shape[$0] }))
    }

    /// Softmax over some axes together; negative ones count from the last.
    func softmax(axes: [Int]) -> Tensor {
        let rank = shape.rank
        let chosen = axes.map { $0 < 0 ? $0 + rank : $0 }.sorted()
        if chosen.count == 1 { return softmax(axis: chosen[0]) }
        // These axes last, as one.
        let others = (0..<rank).filter { !chosen.contains($0) }
        let order = others + chosen
        let turned = transposed(order)
        let count = chosen.reduce(1) { $0 * shape[$1] }
        let result = turned.reshaped(Shape(others.map { shape[$0] } + [count])).softmax().reshaped(turned.shape)
        return result.transposed(order.indices.map { order.firstIndex(of: $0)! })
    }
}
