import JSONText

/// The `config` of an object of Keras that is no layer, with errors that name its class.
struct ObjectSettings {
    /// What kind of object it is, for errors: `optimizer`, `schedule`.
    let role: String
    let kind: String
    let config: Settings

    /// An object with a class name.
    init(_ role: String, _ object: JSONValue) throws(ConfigurationError) {
        guard let kind = object["class_name"]?.stringValue else {
            throw ConfigurationError("\(role) is \(object.text()), expected an object with a class_name")
        }
        self.init(role, kind: kind, config: object["config"] ?? .object([:]))
    }

    init(_ role: String, kind: String, config: JSONValue) {
        self.role = role
        self.kind = kind
        self.config = Settings(config)
    }

    func error(_ text: String) -> ConfigurationError { ConfigurationError("\(role) \(kind): \(text)") }

    /// Refuses settings that nobody has asked for: what they turn on would be ignored.
    func refuseUnknown() throws(ConfigurationError) {
        config.ignore("name")
        if let unknown = config.unknown { throw error(Settings.refusal(of: unknown)) }
    }

    private func wrong(_ key: String, _ expected: String) -> ConfigurationError {
        error("\(key) is \(config[key]?.text() ?? "absent"), expected \(expected)")
    }

    /// A setting that is neither absent nor null.
    private func value(_ key: String) -> JSONValue? { config[key].flatMap { $0.isNull ? nil : $0 } }

    /// A number; nil when absent or null.
    func optionalFloat(_ key: String) throws(ConfigurationError) -> Float? {
        guard let value = value(key) else { return nil }
        guard let number = value.doubleValue else { throw wrong(key, "a number") }
        return Float(number)
    }

    /// A number that may be null, with a default for one that is absent.
    func optionalFloat(_ key: String, default fallback: Float?) throws(ConfigurationError) -> Float? {
        config[key] == nil ? fallback : try optionalFloat(key)
    }

    func float(_ key: String, default fallback: Float? = nil) throws(ConfigurationError) -> Float {
        guard let number = config[key] == nil ? fallback : try optionalFloat(key) else { throw wrong(key, "a number") }
        return number
    }

    /// A whole number, also where it is written with a decimal point; nil when absent or null.
    func optionalInteger(_ key: String) throws(ConfigurationError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.integerValue ?? value.doubleValue.flatMap(Int.init(exactly:)),
            number.magnitude <= LayerConfiguration.largestNumber
        else { throw wrong(key, "a whole number") }
        return number
    }

    func integer(_ key: String, default fallback: Int? = nil) throws(ConfigurationError) -> Int {
        guard let number = config[key] == nil ? fallback : try optionalInteger(key) else {
            throw wrong(key, "a whole number")
        }
        return number
    }

    func bool(_ key: String, default fallback: Bool) throws(ConfigurationError) -> Bool {
        guard let value = value(key) else { return fallback }
        guard let result = value.boolValue else { throw wrong(key, "true or false") }
        return result
    }

    func text(_ key: String) throws(ConfigurationError) -> String? {
        guard let value = value(key) else { return nil }
        guard let result = value.stringValue else { throw wrong(key, "a text") }
        return result
    }

    /// Texts; none when absent or null.
    func texts(_ key: String) throws(ConfigurationError) -> [String] {
        guard let value = value(key) else { return [] }
        guard let items = value.arrayValue, case let texts = items.compactMap(\.stringValue), texts.count == items.count
        else { throw wrong(key, "a list of texts") }
        return texts
    }

    func floats(_ key: String) throws(ConfigurationError) -> [Float] {
        guard let items = value(key)?.arrayValue, case let numbers = items.compactMap(\.doubleValue),
            numbers.count == items.count
        else { throw wrong(key, "a list of numbers") }
        return numbers.map { Float($0) }
    }

    /// An object within this one.
    func object(_ key: String) throws(ConfigurationError) -> JSONValue {
        guard let value = value(key) else { throw wrong(key, "an object") }
        return value
    }
}

extension JSONValue {
    /// The object that Keras writes for one of its own classes.
    static func kerasObject(_ module: String, _ kind: String, _ config: [JSONValue.Member]) -> JSONValue {
        .object([
            "module": .string(module), "class_name": .string(kind), "config": .object(config), "registered_name": .null,
        ])
    }

    /// A number, or null.
    static func shortest(_ value: Float?) -> JSONValue { value.map { .shortest($0) } ?? .null }
}
