import JSONText
import NeuralNetwork

extension OperationLayer {
    /// Whether an object of this module is an operation rather than a layer.
    static func isOperation(module: String?) -> Bool {
        module.map { $0.hasPrefix("keras.src.ops") || $0.hasPrefix("keras.ops") } ?? false
    }

    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> OperationLayer {
        guard let function = Function(rawValue: configuration.kind) else {
            let known = Function.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            throw configuration.error("this operation is not supported; supported are \(known)")
        }
        return OperationLayer(function, name: configuration.name)
    }

    /// The object that Keras writes for the operation, without its connections.
    var object: [JSONValue.Member] {
        [
            .init(key: "module", value: .string("keras.src.ops.numpy")),
            .init(key: "class_name", value: .string(kind)),
            .init(key: "config", value: .object(["name": .string(name)])),
            .init(key: "registered_name", value: .string(kind)),
        ]
    }
}
