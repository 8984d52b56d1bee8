import Glibc
import Memory

extension Unary: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        [ReferenceArray(inputs[0].shape, inputs[0].values.map(value))]
    }

    private func value(_ x: Double) -> Double {
        switch function {
        case .absolute: Swift.abs(x)
        case .sign: x > 0 ? 1 : x < 0 ? -1 : x
        case .square: x * x
        case .squareRoot: x.squareRoot()
        case .reciprocalRoot: 1 / x.squareRoot()
        case .reciprocal: 1 / x
        case .exp: Glibc.exp(x)
        case .expMinusOne: Glibc.expm1(x)
        case .log: Glibc.log(x)
        case .logOnePlus: Glibc.log1p(x)
        case .sine: Glibc.sin(x)
        case .cosine: Glibc.cos(x)
        case .tanh: Glibc.tanh(x)
        case .sigmoid: 1 / (1 + Glibc.exp(-x))
        case .softplus: Swift.max(x, 0) + Glibc.log1p(Glibc.exp(-Swift.abs(x)))
        case .erf: Glibc.erf(x)
        case .floor: x.rounded(.down)
        case .ceil: x.rounded(.up)
        case .round: x.rounded(.toNearestOrEven)
        // Zero times infinity is no number.
        case .relu(let slope): x > 0 || x.isNaN ? x : slope == 0 ? 0 : Double(slope) * x
        case .affine(let scale, let offset): Double(scale) * x + Double(offset)
        case .clip(let lower, let upper): x < Double(lower) ? Double(lower) : x > Double(upper) ? Double(upper) : x
        }
    }
}

extension Binary: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let shape = inputs[0].shape.broadcast(with: inputs[1].shape)!
        let (a, b) = (inputs[0].broadcast(to: shape), inputs[1].broadcast(to: shape))
        return [ReferenceArray(shape, zip(a.values, b.values).map(value))]
    }

    private func value(_ a: Double, _ b: Double) -> Double {
        switch function {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .maximum: a > b || a.isNaN ? a : b
        case .minimum: a < b || a.isNaN ? a : b
        case .power: Glibc.pow(a, b)
        case .equal: a == b ? 1 : 0
        case .less: a < b ? 1 : 0
        case .lessOrEqual: a <= b ? 1 : 0
        case .reluGradient(let slope): b > 0 ? a : slope == 0 ? 0 : Double(slope) * a
        case .clipGradient(let lower, let upper): b > Double(lower) && b < Double(upper) ? a : 0
        }
    }
}

extension ReferenceArray {
    /// Extents of 1 and missing leading ones repeated.
    func broadcast(to target: Shape) -> ReferenceArray {
        var result = ReferenceArray(target, repeating: 0)
        let missing = target.rank - shape.rank
        var place = 0
        target.forEachIndex { index in
            result.values[place] = self[shape.dimensions.indices.map { shape[$0] == 1 ? 0 : index[$0 + missing] }]
            place += 1
        }
        return result
    }
}

extension Select: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let shape = inputs[0].shape.broadcast(with: inputs[1].shape.broadcast(with: inputs[2].shape)!)!
        let (condition, a, b) = (
            inputs[0].broadcast(to: shape), inputs[1].broadcast(to: shape), inputs[2].broadcast(to: shape)
        )
        return [
            ReferenceArray(
                shape, condition.values.indices.map { condition.values[$0] != 0 ? a.values[$0] : b.values[$0] })
        ]
    }
}

extension Cast: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        [ReferenceArray(inputs[0].shape, inputs[0].values.map { value($0, context) })]
    }

    /// A cast rounds, whatever the executor computes in: that is what it is asked for.
    private func value(_ x: Double, _ context: ReferenceContext) -> Double {
        switch scalar {
        case .bfloat16: context.roundsToBFloat16 ? Double(Float(x).roundedToBFloat16) : x
        case .int32:
            x.isNaN ? 0 : Swift.min(Swift.max(x.rounded(.towardZero), Double(Int32.min)), Double(Int32.max))
        default: x
        }
    }
}

extension Broadcast: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        [inputs[0].broadcast(to: shape)]
    }
}

extension StopGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] { inputs }
}
