import JSONText

extension JSONValue {
    /// What stands in a configuration for an object of a class that Keras does not have, until the configuration is refused:
    /// all others have a module.
    ///
    /// - Parameter name: the layer's; nil for what is no layer.
    static func nameless(_ kind: String, _ name: String? = nil) -> JSONValue {
        .object([
            "module": .null, "class_name": .string(kind),
            "config": .object(name.map { [.init(key: "name", value: .string($0))] } ?? []), "registered_name": .null,
        ])
    }
}

/// Refuses configurations that Keras could not load.
struct ConfigurationCheck {
    /// The objects with names around the value.
    private var path: [String] = []
    /// The class of the innermost of these.
    private var owner = ""
    /// The setting that the value is.
    private var key = ""

    /// Refuses a configuration with objects of classes that Keras does not have, or with names that it does not take.
    static func check(_ config: JSONValue) throws(ConfigurationError) { try ConfigurationCheck().check(config) }

    private func check(_ value: JSONValue) throws(ConfigurationError) {
        var inner = self
        if let items = value.arrayValue {
            for item in items { try inner.check(item) }
            return
        }
        guard let members = value.members else { return }
        if let kind = value["class_name"]?.stringValue { try inner.enter(value, kind) }
        for member in members {
            inner.key = member.key
            try inner.check(member.value)
        }
    }

    private mutating func enter(_ object: JSONValue, _ kind: String) throws(ConfigurationError) {
        let name = object["config"]?["name"]?.stringValue
        if let name {
            path.append(name)
            owner = kind
            guard !name.contains("/") else {
                throw ConfigurationError(
                    "layer \(path.joined(separator: "/")) (\(kind)): the name \"\(name)\" has a /, which Keras does not take"
                )
            }
        }
        guard object["module"] == .null else { return }
        let place = "layer \(path.joined(separator: "/")) (\(owner))"
        throw ConfigurationError(
            name == nil
                ? "\(place): \(key) is \(kind), which has no configuration in Keras; a .keras file cannot hold it"
                : "\(place): has no configuration in Keras; a .keras file cannot hold it")
    }
}
