import Engine
import Memory

/// The functions that a layer may apply to its output, by Keras's names.
///
/// Where Keras has a layer of a function with other arguments, the function has them here: such a function is written to
/// files as that layer.
public struct ActivationFunction: Sendable, Hashable {
    /// Functions without arguments, by Keras's names.
    package enum Name: String, Sendable, CaseIterable {
        case linear, sigmoid, tanh, softplus, softsign, exponential, gelu, silu, selu, mish, relu6, celu, glu
        case squareplus, sparsemax
        case logSoftmax = "log_softmax"
        case hardSigmoid = "hard_sigmoid"
        case hardSilu = "hard_silu"
        case hardTanh = "hard_tanh"
        case hardShrink = "hard_shrink"
        case softShrink = "soft_shrink"
        case tanhShrink = "tanh_shrink"
        case sparsePlus = "sparse_plus"
        case sparseSigmoid = "sparse_sigmoid"
        case logSigmoid = "log_sigmoid"
    }

    /// A function with its arguments.
    package enum Form: Sendable, Hashable {
        case named(Name)
        case relu(negativeSlope: Float, maxValue: Float?, threshold: Float)
        case leakyRelu(negativeSlope: Float)
        case elu(alpha: Float)
        case softmax(axis: [Int])
    }

    package let form: Form

    package init(_ form: Form) { self.form = form }

    private init(_ name: Name) { form = .named(name) }

    /// `x`.
    public static let linear = ActivationFunction(.linear)
    /// `max(x, 0)`.
    public static let relu = relu()
    /// `1 / (1 + e⁻ˣ)`.
    public static let sigmoid = ActivationFunction(.sigmoid)
    public static let tanh = ActivationFunction(.tanh)
    /// `eˣ / Σ eˣ` along the last axis.
    public static let softmax = softmax(axis: -1)
    /// `x · (1 + erf(x / √2)) / 2`.
    public static let gelu = ActivationFunction(.gelu)
    /// `x · sigmoid(x)`, also called swish.
    public static let silu = ActivationFunction(.silu)
    /// `x` from 0 on, `0.2 x` below.
    public static let leakyRelu = leakyRelu()
    /// `x` from 0 on, `eˣ − 1` below.
    public static let elu = elu()
    /// `1.05070099 · elu(x)` with alpha 1.67326324.
    public static let selu = ActivationFunction(.selu)
    /// `log(1 + eˣ)`.
    public static let softplus = ActivationFunction(.softplus)
    /// `x / (1 + |x|)`.
    public static let softsign = ActivationFunction(.softsign)
    /// `eˣ`.
    public static let exponential = ActivationFunction(.exponential)
    /// `x` between 0 and 6.
    public static let relu6 = ActivationFunction(.relu6)
    /// The logarithm of softmax along the last axis.
    public static let logSoftmax = ActivationFunction(.logSoftmax)
    /// `relu6(x + 3) / 6`.
    public static let hardSigmoid = ActivationFunction(.hardSigmoid)
    /// `x · hardSigmoid(x)`, also called hard swish.
    public static let hardSilu = ActivationFunction(.hardSilu)
    /// `x · tanh(softplus(x))`.
    public static let mish = ActivationFunction(.mish)
    /// `max(x, 0) + min(eˣ − 1, 0)`.
    public static let celu = ActivationFunction(.celu)
    /// `a · sigmoid(b)` for the halves a and b of the last axis, which it makes half as long.
    public static let glu = ActivationFunction(.glu)
    /// `x` between −1 and 1.
    public static let hardTanh = ActivationFunction(.hardTanh)
    /// `x` where `|x| > 0.5`, else 0.
    public static let hardShrink = ActivationFunction(.hardShrink)
    /// `x` moved towards 0 by up to 0.5.
    public static let softShrink = ActivationFunction(.softShrink)
    /// `x − tanh(x)`.
    public static let tanhShrink = ActivationFunction(.tanhShrink)
    /// `(x + √(x² + 4)) / 2`.
    public static let squareplus = ActivationFunction(.squareplus)
    /// 0 up to −1, `(x + 1)² / 4` up to 1, then `x`.
    public static let sparsePlus = ActivationFunction(.sparsePlus)
    /// 0 up to −1, `(x + 1) / 2` up to 1, then 1.
    public static let sparseSigmoid = ActivationFunction(.sparseSigmoid)
    /// Few numbers above 0 along the last axis: Keras's formula, which is not quite that of Martins & Astudillo (2016).
    public static let sparsemax = ActivationFunction(.sparsemax)
    /// `−log(1 + e⁻ˣ)`.
    public static let logSigmoid = ActivationFunction(.logSigmoid)

    /// `maxValue` from there on, `x` from `threshold` on, `negativeSlope · (x − threshold)` below: Keras's layer `ReLU`.
    public static func relu(
        negativeSlope: Float = 0, maxValue: Float? = nil, threshold: Float = 0
    ) -> ActivationFunction {
        ActivationFunction(.relu(negativeSlope: negativeSlope, maxValue: maxValue, threshold: threshold))
    }

    /// `x` from 0 on, `negativeSlope · x` below: Keras's layer `LeakyReLU`, and its function where the slope is 0.2.
    public static func leakyRelu(negativeSlope: Float = 0.2) -> ActivationFunction {
        ActivationFunction(.leakyRelu(negativeSlope: negativeSlope))
    }

    /// `x` from 0 on, `alpha · (eˣ − 1)` below: Keras's layer `ELU`.
    public static func elu(alpha: Float = 1) -> ActivationFunction { ActivationFunction(.elu(alpha: alpha)) }

    /// `eˣ / Σ eˣ`, the sum being over an axis: Keras's layer `Softmax`. Axes count the batch.
    public static func softmax(axis: Int...) -> ActivationFunction { ActivationFunction(.softmax(axis: axis)) }
}

// Not RawRepresentable: functions of one name with other arguments would count as equal.
extension ActivationFunction: CaseIterable {
    /// All functions that Keras knows by name alone.
    public static let allCases: [ActivationFunction] =
        Name.allCases.map { ActivationFunction(.named($0)) } + [relu, leakyRelu, elu, softmax]

    /// The function of a name in Keras; nil for an unknown one.
    public init?(rawValue: String) {
        switch rawValue {
        case "relu": self = .relu
        case "leaky_relu": self = .leakyRelu
        case "elu": self = .elu
        case "softmax": self = .softmax
        case "swish": self = .silu
        case "hard_swish": self = .hardSilu
        default:
            guard let name = Name(rawValue: rawValue) else { return nil }
            self.init(.named(name))
        }
    }

    /// Keras's name of the function, whatever its arguments.
    public var rawValue: String {
        switch form {
        case .named(let name): name.rawValue
        case .relu: "relu"
        case .leakyRelu: "leaky_relu"
        case .elu: "elu"
        case .softmax: "softmax"
        }
    }
}

extension ActivationFunction {
    /// Whether each element of the output depends on the element at the same place alone.
    var isElementwise: Bool {
        switch form {
        case .named(let name): ![.logSoftmax, .glu, .sparsemax].contains(name)
        case .softmax: false
        default: true
        }
    }

    /// Whether rows of the last axis can be computed apart from each other.
    var isOfRows: Bool { if case .softmax(let axis) = form { axis == [-1] } else { true } }

    /// The shape of the output for an input without the batch axis; nil where there is none.
    package func outputShape(of input: Shape) -> Shape? {
        switch form {
        case .named(.glu):
            guard input.rank > 0, input.last.isMultiple(of: 2) else { return nil }
            return Shape(input.dimensions.dropLast() + [input.last / 2])
        case .named(.logSoftmax), .named(.sparsemax): return input.rank > 0 ? input : nil
        case .softmax(let axes): return axes.sampleAxes(of: input) == nil ? nil : input
        default: return input
        }
    }
}

extension [Int] {
    /// These axes of a tensor behind the batch axis, which is number 0, from 1 on and ascending; nil for axes that there
    /// are not, the batch, and repeated ones.
    func sampleAxes(of sample: Shape) -> [Int]? {
        let axes = map { $0 < 0 ? $0 + sample.rank + 1 : $0 }.sorted()
        guard !axes.isEmpty, Set(axes).count == axes.count, axes.allSatisfy((1...Swift.max(1, sample.rank)).contains),
            sample.rank > 0
        else { return nil }
        return axes
    }
}
