import JSONText
import NeuralNetwork

extension OperationLayer {
    /// Whether an object of this module is an operation rather than a layer.
    static func isOperation(module: String?) -> Bool {
        let modules = ["keras.src.ops", "keras.ops", "keras.src.activations", "keras.activations"]
        return module.map { name in modules.contains { name.hasPrefix($0) } } ?? false
    }

    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> OperationLayer {
        guard let function = Function(configuration.kind) else {
            throw configuration.error(
                "this operation is not supported; supported are \(Function.names.joined(separator: ", "))")
        }
        var options: [(name: String, value: CallValue)] = []
        for member in configuration.config.members ?? [] where member.key != "name" {
            guard let value = CallArguments.option(member.value) else {
                throw configuration.error("\(member.key) is \(member.value.text()), which is not supported")
            }
            options.append((member.key, value))
        }
        return OperationLayer(function, options: options, name: configuration.name)
    }

    /// The object that Keras writes for the operation, without its connections.
    var object: [JSONValue.Member] {
        let settings = options.map { JSONValue.Member(key: $0.name, value: CallArguments.encodeOption($0.value)) }
        return [
            .init(key: "module", value: .string(module)),
            .init(key: "class_name", value: .string(kind)),
            .init(key: "config", value: .object([.init(key: "name", value: .string(name))] + settings)),
            .init(key: "registered_name", value: .string(kind)),
        ]
    }
}
