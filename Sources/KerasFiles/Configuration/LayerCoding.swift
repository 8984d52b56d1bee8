import JSONText
import NeuralNetwork

/// How a layer stands in `config.json`.
protocol LayerCoding: Layer {
    /// The layer of a configuration. Name, `trainable`, `dtype` and `activity_regularizer` are the caller's.
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Self

    /// Of the arguments of all layers, those that the class in Keras does not take.
    static var missing: Set<String> { get }

    /// The arguments of the layer's class in Keras, without those that all layers have.
    var encoded: [JSONValue.Member] { get }
}

extension LayerCoding {
    static var missing: Set<String> { [] }
}

extension JSONValue {
    static func policy(_ policy: DTypePolicy) -> JSONValue {
        .object([
            "module": .string("keras"), "class_name": .string("DTypePolicy"),
            "config": .object(["name": .string(policy.rawValue)]), "registered_name": .null,
        ])
    }

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
                case .integers(let numbers): .integers(numbers)
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

extension WeightOptions {
    /// `kernel_initializer` and so on for the prefix `kernel`.
    func encoded(_ prefix: String) -> [JSONValue.Member] {
        [
            .init(key: "\(prefix)_initializer", value: initializer.encoded),
            .init(key: "\(prefix)_regularizer", value: .regularizer(regularizer)),
            .init(key: "\(prefix)_constraint", value: .constraint(constraint)),
        ]
    }
}

/// The layer of a configuration such as Keras's `get_config` gives, alone.
package func decodeLayer(kind: String, config: JSONValue) throws(KerasFileError) -> Layer {
    do throws(ConfigurationError) {
        return try LayerRegistry.decode(LayerConfiguration(kind: kind, path: kind, config: config))
    } catch {
        throw KerasFileError(.invalid, "configuration", error.reason)
    }
}
