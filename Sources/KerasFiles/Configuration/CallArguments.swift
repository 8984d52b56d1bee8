import JSONText
import NeuralNetwork

/// The arguments of a call of a layer, as Keras writes them in `inbound_nodes`.
enum CallArguments {
    /// A tensor that a call reads: a layer, which of its calls, and which output of that.
    struct Place {
        let layer: String
        let call: Int
        let output: Int

        /// `["name", 0, 0]`; nil for anything else.
        init?(_ value: JSONValue) {
            guard let list = value.arrayValue, list.count >= 2, let layer = list[0].stringValue,
                let call = list[1].integerValue, call >= 0
            else { return nil }
            let output = list.count > 2 ? list[2].integerValue : 0
            guard let output, output >= 0 else { return nil }
            (self.layer, self.call, self.output) = (layer, call, output)
        }
    }

    /// Finds a tensor; nil when it is not computed yet.
    typealias Lookup = (Place) throws(ConfigurationError) -> LayerOutput?

    /// The arguments of a node; nil when a tensor that it reads is not computed yet.
    static func decode(
        _ node: JSONValue, of layer: LayerConfiguration, _ lookup: Lookup
    ) throws(ConfigurationError) -> [CallArgument]? {
        guard let positional = node["args"]?.arrayValue else { throw refused(node, layer) }
        var result: [CallArgument] = []
        for item in positional {
            guard let value = try value(item, node, layer, lookup) else { return nil }
            result.append(CallArgument(nil, value))
        }
        for member in node["kwargs"]?.members ?? [] {
            guard let value = try value(member.value, node, layer, lookup) else { return nil }
            result.append(CallArgument(member.key, value))
        }
        guard result.contains(where: { !$0.value.tensors.isEmpty }) else { throw refused(node, layer) }
        return result
    }

    private static func refused(_ node: JSONValue, _ layer: LayerConfiguration) -> ConfigurationError {
        layer.error("inbound node \(node.text()) is not supported; expected tensors and plain values")
    }

    private static func value(
        _ item: JSONValue, _ node: JSONValue, _ layer: LayerConfiguration, _ lookup: Lookup
    ) throws(ConfigurationError) -> CallValue? {
        switch item {
        case .null: return CallValue.none
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let value): return .text(value)
        case .array(let items): return try list(items, node, layer, lookup)
        case .object(let members):
            switch item["class_name"]?.stringValue {
            case "__keras_tensor__":
                guard let history = item["config"]?["keras_history"], let place = Place(history) else {
                    throw refused(node, layer)
                }
                return try lookup(place).map { .tensor($0) }
            case "__tuple__":
                guard let items = item["items"]?.arrayValue else { throw refused(node, layer) }
                return try list(items, node, layer, lookup)
            case "__slice__":
                let bounds = ["start", "stop", "step"].map { item["config"]?[$0] ?? .null }
                guard bounds.allSatisfy({ $0.isNull || $0.integerValue != nil }) else { throw refused(node, layer) }
                return .slice(
                    start: bounds[0].integerValue, stop: bounds[1].integerValue, step: bounds[2].integerValue)
            case "__ellipsis__": return .ellipsis
            case "__tensor__", "__numpy__":
                guard let numbers = NumberArray(item) else { throw refused(node, layer) }
                return .array(numbers)
            case nil:
                var result: [(name: String, value: CallValue)] = []
                for member in members {
                    guard let value = try value(member.value, node, layer, lookup) else { return nil }
                    result.append((member.key, value))
                }
                return .dictionary(result)
            default: throw refused(node, layer)
            }
        }
    }

    private static func list(
        _ items: [JSONValue], _ node: JSONValue, _ layer: LayerConfiguration, _ lookup: Lookup
    ) throws(ConfigurationError) -> CallValue? {
        var result: [CallValue] = []
        for item in items {
            guard let value = try value(item, node, layer, lookup) else { return nil }
            result.append(value)
        }
        return .list(result)
    }

    // MARK: Writing

    /// The node of a call.
    ///
    /// - Parameter tensor: for each its shape and its history, `["name", 0, 0]`.
    static func encode(
        _ arguments: [CallArgument], tensor: (LayerOutput) -> (shape: JSONValue, history: JSONValue)
    ) -> JSONValue {
        .object([
            "args": .array(arguments.filter { $0.name == nil }.map { encode($0.value, tensor) }),
            "kwargs": .object(
                arguments.compactMap { argument in
                    argument.name.map { .init(key: $0, value: encode(argument.value, tensor)) }
                }),
        ])
    }

    private static func encode(
        _ value: CallValue, _ tensor: (LayerOutput) -> (shape: JSONValue, history: JSONValue)
    ) -> JSONValue {
        switch value {
        case .none: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .number(let value): .number(value)
        case .text(let value): .string(value)
        case .list(let values): .array(values.map { encode($0, tensor) })
        case .dictionary(let members): .object(members.map { .init(key: $0.name, value: encode($0.value, tensor)) })
        case .array(let numbers):
            .object([
                "class_name": .string("__tensor__"),
                "config": .object(["value": numbers.encoded, "dtype": .string("float32")]),
            ])
        case .slice(let start, let stop, let step):
            .object([
                "class_name": .string("__slice__"),
                "config": .object(["start": bound(start), "stop": bound(stop), "step": bound(step)]),
            ])
        case .ellipsis: .object(["class_name": .string("__ellipsis__"), "config": .object([:])])
        case .tensor(let output):
            .object([
                "class_name": .string("__keras_tensor__"),
                "config": .object([
                    "shape": tensor(output).shape, "dtype": .string(output.type.rawValue),
                    "keras_history": tensor(output).history,
                ]),
            ])
        }
    }

    private static func bound(_ number: Int?) -> JSONValue { number.map { .integer($0) } ?? .null }

    // MARK: Options

    /// A setting of an operation: a value without tensors; nil for anything else.
    static func option(_ item: JSONValue) -> CallValue? {
        switch item {
        case .null: return CallValue.none
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let value): return .text(value)
        case .array(let items):
            let values = items.compactMap(option)
            return values.count == items.count ? .list(values) : nil
        case .object: return NumberArray(item).map { .array($0) }
        }
    }

    static func encodeOption(_ value: CallValue) -> JSONValue {
        encode(value) { _ in preconditionFailure("CallArguments: a tensor among the settings of an operation") }
    }
}
