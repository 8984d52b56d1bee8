import JSONText
import NeuralNetwork

/// How a layer stands in `config.json`.
protocol LayerCoding: Layer {
    /// The layer of a configuration.
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Self

    /// The arguments of the layer's class in Keras, without name, trainable and dtype.
    var encoded: [JSONValue.Member] { get }
}

/// All layers that can be loaded, by Keras's class name.
enum LayerRegistry {
    private static var types: [any LayerCoding.Type] {
        [
            Activation.self, Conv2D.self, Dense.self, Dropout.self, Flatten.self, MaxPooling2D.self,
            Normalization.self, ReLU.self, Rescaling.self, Reshape.self, Softmax.self,
        ]
    }

    /// The layer that a configuration describes, named and frozen as it says.
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Layer {
        guard let type = types.first(where: { $0.kind == configuration.kind }) else {
            let known = types.map { $0.kind }.joined(separator: ", ")
            throw configuration.error("this layer is not supported; supported are \(known)")
        }
        try configuration.requireFloat32()
        let layer = try type.decode(configuration)
        layer.name = configuration.name
        layer.isTrainable = try configuration.bool("trainable", default: true)
        return layer
    }

    /// The object that Keras writes for a layer, without its connections.
    static func encode(_ layer: Layer) -> [JSONValue.Member] {
        guard let coding = layer as? any LayerCoding else {
            preconditionFailure("\(layer.kind): has no configuration")
        }
        let common: [JSONValue.Member] = [
            .init(key: "name", value: .string(layer.name)),
            .init(key: "trainable", value: .bool(layer.isTrainable)),
            .init(key: "dtype", value: .dtypePolicy),
        ]
        return [
            .init(key: "module", value: .string("keras.layers")),
            .init(key: "class_name", value: .string(layer.kind)),
            .init(key: "config", value: .object(common + coding.encoded)),
            .init(key: "registered_name", value: .null),
        ]
    }
}

extension JSONValue {
    static let dtypePolicy = JSONValue.object([
        "module": .string("keras"), "class_name": .string("DTypePolicy"),
        "config": .object(["name": .string("float32")]), "registered_name": .null,
    ])

    static func integers(_ values: [Int]) -> JSONValue { .array(values.map(JSONValue.integer)) }

    /// A float32 as Keras writes it: the double of the same value.
    static func float(_ value: Float) -> JSONValue { .number(Double(value)) }
}

extension Initializer {
    var encoded: JSONValue {
        let arguments = arguments.sorted { $0.key < $1.key }.map { key, value in
            let json: JSONValue =
                switch value {
                case .none: .null
                case .integer(let number): .integer(number)
                case .number(let number): .number(number)
                case .text(let text): .string(text)
                }
            return Member(key: key, value: json)
        }
        return .object([
            "module": .string("keras.initializers"), "class_name": .string(kind), "config": .object(arguments),
            "registered_name": .null,
        ])
    }

    private typealias Member = JSONValue.Member
}

/// The layer of a configuration such as Keras's `get_config` gives, alone.
package func decodeLayer(kind: String, config: JSONValue) throws(KerasFileError) -> Layer {
    do throws(ConfigurationError) {
        return try LayerRegistry.decode(LayerConfiguration(kind: kind, path: kind, config: config))
    } catch {
        throw KerasFileError(.invalid, "configuration", error.reason)
    }
}
