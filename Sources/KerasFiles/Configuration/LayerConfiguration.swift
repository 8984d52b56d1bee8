import Engine
import JSONText
import Memory
import NeuralNetwork

/// The `config` of one layer, with errors that name the layer and its place in the model.
struct LayerConfiguration {
    let kind: String
    /// Where the layer stands, for example `digits_convnet/conv2d`.
    let path: String
    let config: Settings
    /// The shape of the input that the file says the layer was built for.
    let buildShape: JSONValue?
    /// What the layers of the file may hold.
    let budget: WeightsBudget

    var name: String { config["name"]?.stringValue ?? "" }

    init(
        kind: String, path: String, config: JSONValue, buildShape: JSONValue? = nil,
        budget: WeightsBudget = WeightsBudget(weightsBytes: .max)
    ) {
        self.buildShape = buildShape
        self.kind = kind
        self.path = path
        self.config = Settings(config)
        self.budget = budget
    }

    /// The object that Keras writes for a layer.
    ///
    /// - Parameter place: the path of the model or layer around it.
    init(_ item: JSONValue, in place: String, _ budget: WeightsBudget) throws(ConfigurationError) {
        guard let kind = item["class_name"]?.stringValue, let config = item["config"] else {
            throw ConfigurationError("model \(place): \(item.text()) is not a layer")
        }
        let name = config["name"]?.stringValue ?? item["name"]?.stringValue ?? kind
        self.init(
            kind: kind, path: "\(place)/\(name)", config: config, buildShape: item["build_config"]?["input_shape"],
            budget: budget)
    }

    /// The same with another value of a setting.
    func setting(_ key: String, to value: JSONValue) -> LayerConfiguration {
        let members = (config.value.members ?? []).map { $0.key == key ? .init(key: key, value: value) : $0 }
        return LayerConfiguration(
            kind: kind, path: path, config: .object(members), buildShape: buildShape, budget: budget)
    }

    func error(_ text: String) -> ConfigurationError { ConfigurationError("layer \(path) (\(kind)): \(text)") }

    /// Refuses settings that nobody has asked for: what they turn on would be ignored.
    func refuseUnknown() throws(ConfigurationError) {
        if let unknown = config.unknown { throw error(Settings.refusal(of: unknown)) }
    }

    /// Refuses a setting that this library would have to ignore.
    func requireAbsent(_ keys: String...) throws(ConfigurationError) {
        for key in keys {
            guard let value = config[key], !value.isNull else { continue }
            throw error("\(key) is \(value.text()), which is not supported; expected null")
        }
    }

    /// Refuses another value of a setting than the given one (absent counts as equal).
    func require(_ key: String, _ expected: JSONValue) throws(ConfigurationError) {
        guard let value = config[key], value != expected else { return }
        if let number = value.doubleValue, number == expected.doubleValue { return }
        throw error("\(key) is \(value.text()), which is not supported; expected \(expected.text())")
    }

    /// No number of a layer is larger: sums and products of two of them cannot overflow.
    static let largestNumber = Int(Int32.max)

    /// No array has more elements.
    private static let mostElements = 1 << 40

    /// The product of extents; nil when no machine could hold as many numbers.
    static func elementCount(_ extents: [Int]) -> Int? {
        var count = 1
        for extent in extents {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow, product.magnitude <= mostElements else { return nil }
            count = product
        }
        return count
    }

    private static func wholeNumber(_ value: JSONValue?) -> Int? {
        guard let number = value?.integerValue, number.magnitude <= largestNumber else { return nil }
        return number
    }

    func integer(_ key: String) throws(ConfigurationError) -> Int {
        guard let value = Self.wholeNumber(config[key]) else {
            throw error(
                "\(key) is \(config[key]?.text() ?? "absent"), expected a whole number of at most \(Self.largestNumber)"
            )
        }
        return value
    }

    func number(_ key: String, default fallback: Double? = nil) throws(ConfigurationError) -> Double {
        if config[key] == nil, let fallback { return fallback }
        guard let value = config[key]?.doubleValue else {
            throw error("\(key) is \(config[key]?.text() ?? "absent"), expected a number")
        }
        return value
    }

    func bool(_ key: String, default fallback: Bool) throws(ConfigurationError) -> Bool {
        guard let value = config[key] else { return fallback }
        guard let result = value.boolValue else { throw error("\(key) is \(value.text()), expected true or false") }
        return result
    }

    func integers(_ key: String) throws(ConfigurationError) -> [Int] { try integers(config[key], key) }

    /// Whole numbers of a value, which is called `name` in errors.
    func integers(_ value: JSONValue?, _ name: String) throws(ConfigurationError) -> [Int] {
        let values = value?.arrayValue
        guard let values, case let numbers = values.compactMap(Self.wholeNumber), numbers.count == values.count else {
            throw error(
                "\(name) is \(value?.text() ?? "absent"), expected whole numbers of at most \(Self.largestNumber)")
        }
        return numbers
    }

    /// Whole numbers, or one alone; nil when null or absent.
    func integerOrList(_ key: String) throws(ConfigurationError) -> [Int]? {
        guard let value = config[key], !value.isNull else { return nil }
        return value.arrayValue == nil ? [try integer(key)] : try integers(key)
    }

    /// One whole number or one per axis, as many as there are axes.
    func extents(_ key: String, axes: Int) throws(ConfigurationError) -> [Int] {
        let numbers = try integerOrList(key) ?? []
        return numbers.count == 1 && config[key]?.arrayValue == nil
            ? Array(repeating: numbers[0], count: axes) : numbers
    }

    /// A text of a choice.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default fallback: Choice
    ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
        guard let value = config[key], !value.isNull else { return fallback }
        guard let choice = value.stringValue.flatMap(Choice.init(rawValue:)) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("\(key) is \(value.text()), expected one of \(known)")
        }
        return choice
    }

    func padding(allowed: [Padding]) throws(ConfigurationError) -> Padding {
        let text = config["padding"]?.stringValue ?? "valid"
        guard let padding = Padding(rawValue: text), allowed.contains(padding) else {
            let names = allowed.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
            throw error("padding is \"\(text)\", expected \(names)")
        }
        return padding
    }

    func initializer(_ key: String, default fallback: Initializer) throws(ConfigurationError) -> Initializer {
        guard let value = config[key], !value.isNull else { return fallback }
        if let name = value.stringValue { return Initializer(kind: name) }
        guard let kind = value["class_name"]?.stringValue else {
            throw error("\(key) is \(value.text()), expected an initializer")
        }
        var arguments: [String: Initializer.Argument] = [:]
        for member in value["config"]?.members ?? [] {
            switch member.value {
            case .null: arguments[member.key] = Initializer.Argument.none
            case .integer(let number): arguments[member.key] = .integer(number)
            case .number(let number): arguments[member.key] = .number(number)
            case .string(let text): arguments[member.key] = .text(text)
            case .array: arguments[member.key] = .integers(try integers(member.value, "\(key): \(member.key)"))
            default: throw error("\(key): \(member.key) is \(member.value.text()), which is not supported")
            }
        }
        return Initializer(kind: kind, arguments: arguments)
    }

    /// Initializer, regularizer and constraint of a weight: `kernel_initializer` and so on for the prefix `kernel`.
    func weight(_ prefix: String, default fallback: WeightOptions) throws(ConfigurationError) -> WeightOptions {
        var options = fallback
        options.regularizer = try regularizer("\(prefix)_regularizer")
        options.constraint = try constraint("\(prefix)_constraint")
        options.initializer = try initializer("\(prefix)_initializer", default: fallback.initializer)
        return options
    }

    /// A layer that is an argument of this one.
    func layer(_ key: String) throws(ConfigurationError) -> Layer {
        guard let item = config[key], !item.isNull else { throw error("\(key) is absent, expected a layer") }
        return try LayerRegistry.decode(LayerConfiguration(item, in: path, budget))
    }

    /// Layers that are an argument of this one.
    func layers(_ key: String) throws(ConfigurationError) -> [Layer] {
        guard let items = config[key]?.arrayValue else {
            throw error("\(key) is \(config[key]?.text() ?? "absent"), expected a list of layers")
        }
        return try items.map { item throws(ConfigurationError) in
            try LayerRegistry.decode(LayerConfiguration(item, in: path, budget))
        }
    }

    /// The policy that `dtype` names: float32 where there is none.
    func policy() throws(ConfigurationError) -> DTypePolicy {
        guard let dtype = config["dtype"], !dtype.isNull else { return .float32 }
        let name = dtype.stringValue ?? dtype["config"]?["name"]?.stringValue
        guard let policy = name.flatMap(DTypePolicy.init(rawValue:)) else {
            let known = DTypePolicy.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("dtype is \(name ?? dtype.text()), which is not supported; supported are \(known)")
        }
        return policy
    }
}
