import JSONText
import NeuralNetwork

/// A loss or a metric as `compile_config` holds it: a class and its arguments, with errors that name both.
struct CompiledObject {
    /// `loss` or `metric`, for messages.
    let role: String
    /// The class or the function.
    let kind: String
    let config: JSONValue

    func error(_ text: String) -> ConfigurationError { ConfigurationError("\(role) \(kind): \(text)") }

    /// The value of an argument; nil when it is absent or null.
    private func value(_ key: String) -> JSONValue? { config[key].flatMap { $0.isNull ? nil : $0 } }

    private func wrong(_ key: String, _ expected: String) -> ConfigurationError {
        error("\(key) is \(config[key]?.text() ?? "absent"), expected \(expected)")
    }

    /// A number in a range; nil when it is absent or null.
    func number(_ key: String, in range: ClosedRange<Float>? = nil) throws(ConfigurationError) -> Float? {
        guard let value = value(key) else { return nil }
        let range = range ?? -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude
        guard let number = value.doubleValue.map(Float.init), range.contains(number) else {
            throw wrong(
                key, range.upperBound < 1e30 ? "a number from \(range.lowerBound) to \(range.upperBound)" : "a number")
        }
        return number
    }

    /// A number above 0 and below or at a limit; nil when it is absent or null.
    func positive(_ key: String, upTo limit: Float = .greatestFiniteMagnitude) throws(ConfigurationError) -> Float? {
        guard let number = try number(key) else { return nil }
        guard number > 0, number <= limit else {
            throw wrong(key, limit < 1e30 ? "a number above 0 and at most \(limit)" : "a number above 0")
        }
        return number
    }

    /// A whole number of at least a least one; nil when it is absent or null.
    func integer(_ key: String, atLeast least: Int = -LayerConfiguration.largestNumber) throws(ConfigurationError)
        -> Int?
    {
        guard let value = value(key) else { return nil }
        guard let number = value.integerValue, number >= least, number <= LayerConfiguration.largestNumber else {
            throw wrong(key, least < 0 ? "a whole number" : "a whole number from \(least) on")
        }
        return number
    }

    /// A whole number that must be there.
    func required(_ key: String, atLeast least: Int) throws(ConfigurationError) -> Int {
        guard let number = try integer(key, atLeast: least) else { throw wrong(key, "a whole number from \(least) on") }
        return number
    }

    func bool(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let result = value.boolValue else { throw wrong(key, "true or false") }
        return result
    }

    /// Whole numbers, or one alone; nil when absent or null.
    func integers(_ key: String) throws(ConfigurationError) -> [Int]? {
        guard let value = value(key) else { return nil }
        let list = value.arrayValue ?? [value]
        let numbers = list.compactMap(\.integerValue).filter { $0.magnitude <= LayerConfiguration.largestNumber }
        guard numbers.count == list.count, !list.isEmpty else { throw wrong(key, "whole numbers") }
        return numbers
    }

    /// Numbers from 0 to 1, or one alone; nil when absent or null.
    func thresholds(_ key: String) throws(ConfigurationError) -> [Float]? {
        guard let value = value(key) else { return nil }
        let list = value.arrayValue ?? [value]
        let numbers = list.compactMap(\.doubleValue).map(Float.init).filter { (0...1).contains($0) }
        guard numbers.count == list.count, !list.isEmpty else { throw wrong(key, "numbers from 0 to 1") }
        return numbers
    }

    /// Numbers, which Keras may have written as an array of its own; nil when absent or null.
    func numbers(_ key: String) throws(ConfigurationError) -> [Float]? {
        guard let value = value(key) else { return nil }
        let list = (value["config"]?["value"] ?? value).arrayValue
        let numbers = list?.compactMap(\.doubleValue).map(Float.init)
        guard let list, let numbers, numbers.count == list.count else { throw wrong(key, "a list of numbers") }
        return numbers
    }

    /// A text of a choice; nil when absent or null.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ type: Choice.Type
    ) throws(ConfigurationError) -> Choice? where Choice.RawValue == String {
        guard let value = value(key) else { return nil }
        guard let text = value.stringValue, let choice = Choice(rawValue: text) else {
            throw wrong(key, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")), or null")
        }
        return choice
    }

    /// How a loss is reduced; Keras's `none` leaves no scalar to train with.
    func reduction() throws(ConfigurationError) -> LossReduction {
        guard let text = config["reduction"] else { return .sumOverBatchSize }
        guard let reduction = text.stringValue.flatMap(LossReduction.init(kerasName:)) else {
            throw wrong("reduction", "one of sum_over_batch_size, mean, mean_with_sample_weight, sum")
        }
        return reduction
    }

    /// Refuses arguments that are not among the given ones: they would be ignored.
    func refuseOthers(than known: [JSONValue.Member]) throws(ConfigurationError) {
        let names = Set(known.map(\.key) + ["name", "reduction", "dtype", "fn"])
        for member in config.members ?? []
        where !names.contains(member.key) && !member.value.isNull && member.value != .bool(false) {
            throw error("\(member.key) is \(member.value.text()), which is not supported")
        }
    }
}

extension JSONValue {
    /// A function of Keras by its name.
    static func function(_ name: String) -> JSONValue {
        .object([
            "module": .string("builtins"), "class_name": .string("function"), "config": .string(name),
            "registered_name": .string("function"),
        ])
    }

    /// A whole number, or null for nil.
    static func optional(_ value: Int?) -> JSONValue { value.map(JSONValue.integer) ?? .null }
    /// Numbers as a list, one alone as itself, or null for nil.
    static func optional(_ values: [Float]?) -> JSONValue {
        guard let values else { return .null }
        return values.count == 1 ? shortest(values[0]) : .array(values.map(shortest))
    }
}
