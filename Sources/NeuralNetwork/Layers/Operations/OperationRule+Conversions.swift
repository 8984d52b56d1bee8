import Engine
import Memory

extension OperationRule {
    static let conversions: [String: OperationRule] = [
        "Cast": unary("keras.src.ops.core", type: { layer, _ in [target(layer) == .whole ? .int32 : .float32] }) {
            x, call throws(ModelError) in
            switch target(call.layer) {
            case .whole: return x.casted(to: .int32)
            case .floating: return x.casted(to: .float32)
            case .boolean: return x.truth
            case nil: throw call.refused("dtype", "a type of numbers")
            }
        },
        "ConvertToTensor": unary("keras.src.ops.core", type: sameType) { x, _ in x },
        "StopGradient": unary("keras.src.ops.core", type: sameType) { x, _ in x.stoppingGradient() },
        "ZerosLike": unary { x, _ in x.graph.constant(0, shape: x.shape) },
        "OnesLike": unary { x, _ in x.graph.constant(1, shape: x.shape) },
        "FullLike": OperationRule(arguments: ["x", "fill_value"]) { call throws(ModelError) in
            [call.graph.constant(try call.number("fill_value", default: 0), shape: try call.tensor("x").shape)]
        },
        "OneHot": unary("keras.src.ops.nn") { x, call throws(ModelError) in
            let depth = try call.integer("num_classes")
            guard depth > 0 else { throw call.refused("num_classes", "a positive number") }
            guard try call.integers("axis") ?? [-1] == [-1] else { throw call.refused("axis", "-1") }
            return x.casted(to: .int32).oneHot(depth: depth)
        },
    ]

    private enum Target {
        case floating, whole, boolean
    }

    /// The kind of numbers that the setting `dtype` names.
    private static func target(_ layer: OperationLayer) -> Target? {
        guard case .text(let name)? = layer.options.first(where: { $0.name == "dtype" })?.value else { return nil }
        if name == "bool" { return .boolean }
        if name.hasPrefix("int") || name.hasPrefix("uint") { return .whole }
        return name.hasPrefix("float") || name.hasPrefix("bfloat") ? .floating : nil
    }
}
