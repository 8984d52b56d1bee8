import Memory

/// Operations whose elements depend on the operands' elements at the same place, smaller operands repeated (numpy's
/// rules of broadcasting). Neighbours of this kind are planned as one pass over memory.
package protocol ElementwiseOperation: Operation {}

/// Functions of one number.
package enum UnaryFunction: Sendable, Hashable {
    case absolute
    /// −1, 0 or 1.
    case sign
    case square, squareRoot
    /// `1 / √x`.
    case reciprocalRoot
    /// `1 / x`.
    case reciprocal
    case exp
    /// `eˣ − 1`, exact near 0.
    case expMinusOne
    case log
    /// `log(1 + x)`, exact near 0.
    case logOnePlus
    case sine, cosine, tanh
    /// `1 / (1 + e⁻ˣ)`.
    case sigmoid
    /// `log(1 + eˣ)`.
    case softplus
    /// The error function.
    case erf
    case floor, ceil
    /// To the nearest whole number, to the even one in the middle.
    case round
    /// `x` above zero, `negativeSlope · x` below; the slope is not negative.
    case relu(negativeSlope: Float)
    /// `scale · x + offset`.
    case affine(scale: Float, offset: Float)
    /// At least `lower`, at most `upper`.
    case clip(lower: Float, upper: Float)
}

/// A function of every element.
package struct Unary: ElementwiseOperation {
    package let function: UnaryFunction
    package var name: String { "\(function)" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        [TensorType(inputs[0].shape, inputs[0].scalar.arithmetic)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (x, y, g) = (inputs[0], outputs[0], outputGradients[0]!)
        return switch function {
        case .sign, .floor, .ceil, .round: [nil]
        case .absolute: [g * x.sign()]
        case .square: [g * x.scaled(by: 2)]
        case .squareRoot: [(g / y).scaled(by: 0.5)]
        case .reciprocalRoot: [(g * y / x).scaled(by: -0.5)]
        case .reciprocal: [(g * y.square()).scaled(by: -1)]
        case .exp: [g * y]
        case .expMinusOne: [g * y.scaled(by: 1, offset: 1)]
        case .log: [g / x]
        case .logOnePlus: [g / x.scaled(by: 1, offset: 1)]
        case .sine: [g * x.cosine()]
        case .cosine: [(g * x.sine()).scaled(by: -1)]
        case .tanh: [g * y.square().scaled(by: -1, offset: 1)]
        case .sigmoid: [g * (y * y.scaled(by: -1, offset: 1))]
        case .softplus: [g * x.sigmoid()]
        // 2 / √π · e^(−x²)
        case .erf: [g * x.square().scaled(by: -1).exp().scaled(by: 1.128_379_17)]
        case .affine(let scale, _): [g.scaled(by: scale)]
        case .clip(let lower, let upper): [g.binary(.clipGradient(lower: lower, upper: upper), y)]
        case .relu(let slope): [reluGradient(y, g, slope)]
        }
    }

    /// The gradient of relu from its output.
    private func reluGradient(_ output: Tensor, _ gradient: Tensor, _ slope: Float) -> Tensor {
        // Where a maximum pooling follows, only the pooled positions carry a gradient, and there the pooled value is the
        // activation's output: masking before unpooling does the same work on a fraction of the elements, and the
        // activation's output need not be kept.
        let producer = gradient.producer
        if let pooling = producer.operation as? MaxPoolingGradient, producer.inputs[1] == output.id {
            let graph = output.graph
            let pooled = Tensor(graph: graph, id: producer.inputs[2])
            let masked = Tensor(graph: graph, id: producer.inputs[0]).binary(
                .reluGradient(negativeSlope: slope), pooled)
            return graph.apply(pooling, [masked, output, pooled])[0]
        }
        return gradient.binary(.reluGradient(negativeSlope: slope), output)
    }
}

extension UnaryFunction {
    /// The function with the bounds that its results can have in the given type: gradients are computed from results, and
    /// must know the bounds again.
    fileprivate func rounded(to type: ScalarType) -> UnaryFunction {
        guard type == .bfloat16, case .clip(let lower, let upper) = self else { return self }
        return .clip(lower: lower.roundedToBFloat16, upper: upper.roundedToBFloat16)
    }
}

extension Float {
    /// The nearest number of bfloat16, the even one in the middle.
    var roundedToBFloat16: Float {
        guard isFinite else { return self }
        return Float(bitPattern: (bitPattern &+ 0x7fff &+ ((bitPattern >> 16) & 1)) & 0xffff_0000)
    }
}

extension ScalarType {
    /// The type of results of arithmetic on such elements.
    var arithmetic: ScalarType { self == .bfloat16 ? .bfloat16 : .float32 }
}

extension Tensor {
    package func unary(_ function: UnaryFunction) -> Tensor {
        graph.apply(Unary(function: function.rounded(to: type.scalar)), [self])[0]
    }

    /// `|x|`.
    public func abs() -> Tensor { unary(.absolute) }
    /// −1, 0 or 1.
    public func sign() -> Tensor { unary(.sign) }
    /// `x²`.
    public func square() -> Tensor { unary(.square) }
    /// `√x`.
    public func sqrt() -> Tensor { unary(.squareRoot) }
    /// `1 / √x`.
    public func reciprocalSquareRoot() -> Tensor { unary(.reciprocalRoot) }
    /// `1 / x`.
    public func reciprocal() -> Tensor { unary(.reciprocal) }
    /// `eˣ`.
    public func exp() -> Tensor { unary(.exp) }
    /// `eˣ − 1`, exact near 0.
    public func expm1() -> Tensor { unary(.expMinusOne) }
    /// The natural logarithm.
    public func log() -> Tensor { unary(.log) }
    /// `log(1 + x)`, exact near 0.
    public func log1p() -> Tensor { unary(.logOnePlus) }
    /// The sine of radians.
    public func sine() -> Tensor { unary(.sine) }
    /// The cosine of radians.
    public func cosine() -> Tensor { unary(.cosine) }
    /// The hyperbolic tangent.
    public func tanh() -> Tensor { unary(.tanh) }
    /// `1 / (1 + e⁻ˣ)`.
    public func sigmoid() -> Tensor { unary(.sigmoid) }
    /// `log(1 + eˣ)`.
    public func softplus() -> Tensor { unary(.softplus) }
    /// The error function.
    public func erf() -> Tensor { unary(.erf) }
    /// The next whole number below; its gradient is 0, like those of `ceil`, `rounded` and `sign`.
    public func floor() -> Tensor { unary(.floor) }
    /// The next whole number above.
    public func ceil() -> Tensor { unary(.ceil) }
    /// The nearest whole number, the even one in the middle.
    public func rounded() -> Tensor { unary(.round) }
    /// `max(x, 0)`, or `negativeSlope · x` below zero.
    public func relu(negativeSlope: Float = 0) -> Tensor { unary(.relu(negativeSlope: negativeSlope)) }
    /// `scale · x + offset`.
    public func scaled(by scale: Float, offset: Float = 0) -> Tensor { unary(.affine(scale: scale, offset: offset)) }
    /// At least `lower` and at most `upper`.
    public func clipped(from lower: Float, to upper: Float) -> Tensor { unary(.clip(lower: lower, upper: upper)) }
}
