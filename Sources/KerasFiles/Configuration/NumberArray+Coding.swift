import JSONText
import Memory
import NeuralNetwork

extension LayerConfiguration {
    /// A number, or lists of numbers nested to one depth; nil for null and for a setting that is absent.
    func numberArray(_ key: String) throws(ConfigurationError) -> NumberArray? {
        guard let value = config[key], !value.isNull else { return nil }
        guard let numbers = NumberArray(value) else {
            throw error("\(key) is \(value.text()), expected a number or an array of numbers")
        }
        return numbers
    }
}

extension NumberArray {
    /// Nil for lists of different lengths or depths, and for anything that is no number.
    init?(_ value: JSONValue) {
        if let number = value.doubleValue {
            self.init(number)
            return
        }
        // An array of numpy, or a tensor.
        if ["__numpy__", "__tensor__"].contains(value["class_name"]?.stringValue), let inner = value["config"]?["value"]
        {
            self.init(inner)
            return
        }
        guard let parts = value.arrayValue?.map({ NumberArray($0) }), let first = parts.first,
            parts.allSatisfy({ $0 != nil && $0?.shape == first?.shape }), let inner = first?.shape
        else { return nil }
        self.init(parts.flatMap { $0?.values ?? [] }, shape: inner.prepending(parts.count))
    }

    /// A number, or lists nested by shape.
    var encoded: JSONValue { Self.nested(values[...], shape) }

    private static func nested(_ values: ArraySlice<Double>, _ shape: Shape) -> JSONValue {
        guard shape.rank > 0 else { return .number(values.first!) }
        let inner = shape.withoutFirst
        let stride = inner.elementCount
        return .array(
            (0..<shape[0]).map { index in
                let begin = values.startIndex + index * stride
                return nested(values[begin..<begin + stride], inner)
            })
    }
}
