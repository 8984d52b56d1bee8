import Engine
import Memory

extension OperationRule {
    static let arithmetic: [String: OperationRule] = [
        "Add": binary { a, b in
            if let number = b.constantValue { return a.scaled(by: 1, offset: number) }
            if let number = a.constantValue { return b.scaled(by: 1, offset: number) }
            return a + b
        },
        "Subtract": binary { a, b in
            if let number = b.constantValue { return a.scaled(by: 1, offset: -number) }
            if let number = a.constantValue { return b.scaled(by: -1, offset: number) }
            return a - b
        },
        "Multiply": binary { a, b in
            if let number = b.constantValue { return a.scaled(by: number) }
            if let number = a.constantValue { return b.scaled(by: number) }
            return a * b
        },
        "Divide": binary { $0 / $1 }, "TrueDivide": binary { $0 / $1 },
        "FloorDivide": binary { ($0 / $1).floor() }, "Mod": binary { $0 - ($0 / $1).floor() * $1 },
        "Maximum": binary { $0.maximum($1) }, "Minimum": binary { $0.minimum($1) },
        // A square has a gradient at 0, and below.
        "Power": binary { $1.constantValue == 2 ? $0.square() : $0.power($1) },
    ]

    static let comparisons: [String: OperationRule] = [
        "Equal": binary { $0.equal($1) }, "NotEqual": binary { $0.equal($1).negation },
        "Less": binary { $0.less($1) }, "LessEqual": binary { $0.lessOrEqual($1) },
        "Greater": binary { $0.greater($1) }, "GreaterEqual": binary { $0.greaterOrEqual($1) },
        "LogicalAnd": binary { $0.truth * $1.truth }, "LogicalOr": binary { $0.truth.maximum($1.truth) },
        "LogicalXor": binary { $0.truth.equal($1.truth).negation },
        "LogicalNot": unary { x, _ in x.truth.negation },
        "Where": OperationRule(arguments: ["condition", "x1", "x2"]) { call throws(ModelError) in
            let operands = try call.operands("condition", "x1", "x2")
            return [Tensor.select(operands[0], operands[1], operands[2])]
        },
    ]

    static let elementwise: [String: OperationRule] = [
        "Negative": unary { x, _ in -x }, "Absolute": unary { x, _ in x.abs() }, "Abs": unary { x, _ in x.abs() },
        "Sign": unary { x, _ in x.sign() }, "Square": unary { x, _ in x.square() },
        "Sqrt": unary { x, _ in x.sqrt() }, "Reciprocal": unary { x, _ in x.reciprocal() },
        "Rsqrt": unary("keras.src.ops.math") { x, _ in x.reciprocalSquareRoot() },
        "Exp": unary { x, _ in x.exp() }, "Expm1": unary { x, _ in x.expm1() }, "Log": unary { x, _ in x.log() },
        "Log1p": unary { x, _ in x.log1p() }, "Sin": unary { x, _ in x.sine() },
        "Cos": unary { x, _ in x.cosine() }, "Tanh": unary { x, _ in x.tanh() },
        "Erf": unary("keras.src.ops.math") { x, _ in x.erf() }, "Floor": unary { x, _ in x.floor() },
        "Ceil": unary { x, _ in x.ceil() },
        "Round": unary { x, call throws(ModelError) in
            guard try call.number("decimals") ?? 0 == 0 else { throw call.refused("decimals", "0") }
            return x.rounded()
        },
        "Clip": unary { x, call throws(ModelError) in
            let (lower, upper) = (try call.number("x_min"), try call.number("x_max"))
            return x.clipped(from: lower ?? -.infinity, to: upper ?? .infinity)
        },
    ]

    static let activations: [String: OperationRule] = [
        "Relu": activation(.relu), "Relu6": activation(.relu6), "Sigmoid": activation(.sigmoid),
        "SparseSigmoid": activation(.sparseSigmoid), "Softplus": activation(.softplus),
        "Softsign": activation(.softsign), "SparsePlus": activation(.sparsePlus), "Silu": activation(.silu),
        "LogSigmoid": activation(.logSigmoid), "HardSigmoid": activation(.hardSigmoid),
        "HardSilu": activation(.hardSilu), "Selu": activation(.selu), "TanhShrink": activation(.tanhShrink),
        "HardTanh": activation(.hardTanh),
        "Mish": unary("keras.src.activations.activations") { x, _ in ActivationFunction.mish(x) },
        "Gelu": activation { x, call throws(ModelError) in x.gelu(approximate: try call.flag("approximate")) },
        "Elu": activation { x, call throws(ModelError) in x.elu(alpha: try call.number("alpha", default: 1)) },
        "Celu": activation { x, call throws(ModelError) in x.celu(alpha: try call.number("alpha", default: 1)) },
        "LeakyRelu": activation { x, call throws(ModelError) in
            x.leakyReLU(negativeSlope: try call.number("negative_slope", default: 0.2))
        },
        "ReLU": unary("keras.src.activations.activations") { x, call throws(ModelError) in
            x.relu(
                negativeSlope: try call.number("negative_slope", default: 0), maxValue: try call.number("max_value"),
                threshold: try call.number("threshold", default: 0))
        },
        "Squareplus": activation { x, call throws(ModelError) in x.squareplus(try call.number("b", default: 4)) },
        "SoftShrink": activation { x, call throws(ModelError) in
            x.softShrink(threshold: try call.number("threshold", default: 0.5))
        },
        "HardShrink": activation { x, call throws(ModelError) in
            x.hardShrink(threshold: try call.number("threshold", default: 0.5))
        },
        "Threshold": activation { x, call throws(ModelError) in
            x.thresholded(
                try call.number("threshold", default: 0), value: try call.number("default_value", default: 0))
        },
        "Softmax": activation { x, call throws(ModelError) in
            x.softmax(axes: try call.integers("axis") == nil ? try all(x, call) : try call.axes(of: x))
        },
        "LogSoftmax": activation { x, call throws(ModelError) in x.logSoftmax(axis: try oneAxis(x, call)) },
        "Sparsemax": activation { x, call throws(ModelError) in
            var order = Array(0..<x.shape.rank)
            order.swapAt(try oneAxis(x, call), x.shape.rank - 1)
            return x.transposed(order).sparsemaxOfKeras().transposed(order)
        },
        "Glu": activation { x, call throws(ModelError) in
            let axis = try oneAxis(x, call)
            guard x.shape[axis].isMultiple(of: 2) else {
                throw call.layer.error("axis \(axis) of \(call.describe(x.shape)) has no two halves")
            }
            return x.glu(axis: axis)
        },
    ]

    private static func activation(_ function: ActivationFunction) -> OperationRule {
        unary("keras.src.ops.nn") { x, _ in function(x) }
    }

    private static func activation(
        _ function: @escaping @Sendable (Tensor, OperationCall) throws(ModelError) -> Tensor
    ) -> OperationRule {
        unary("keras.src.ops.nn", function)
    }

    private static func all(_ x: Tensor, _ call: OperationCall) throws(ModelError) -> [Int] {
        throw call.refused("axis", "an axis behind the batch")
    }

    /// The setting `axis`, the last one when absent.
    static func oneAxis(_ x: Tensor, _ call: OperationCall) throws(ModelError) -> Int {
        try call.axis(call.value("axis") == nil ? -1 : call.integer("axis"), of: x)
    }
}
