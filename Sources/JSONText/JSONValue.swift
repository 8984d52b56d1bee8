// JSONText: JSON values in and out, for model configurations and log lines.
//
// Both are ours, because two things matter that Foundation's coders do not keep: the order of keys (the same data give the
// same bytes, and the state of Keras's optimizers follows the order of a map) and the point of a whole float (Keras refuses
// the learning rate `1`, and accepts `1.0`). Imports nothing.

/// A JSON value. Objects keep the order in which they were written.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// A key and its value.
    package struct Member: Sendable, Equatable {
        package let key: String
        package let value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// An object from pairs, in their order.
    package static func object(_ pairs: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(pairs.map { Member(key: $0.key, value: $0.value) })
    }

    /// The value under a key of an object; nil for other values and absent keys.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    package var isNull: Bool { self == .null }

    package var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    package var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var members: [Member]? { if case .object(let value) = self { value } else { nil } }

    /// A whole number, also when it is written with a point.
    package var integerValue: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

extension JSONValue {
    /// Text that is not JSON.
    package struct ParseError: Error, CustomStringConvertible {
        package let description: String
    }
}
