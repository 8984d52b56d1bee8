import JSONText
import NeuralNetwork

extension LayerConfiguration {
    /// The regularizer of a setting such as `kernel_regularizer`; nil for none.
    func regularizer(_ key: String) throws(ConfigurationError) -> (any Regularizer)? {
        guard let (kind, settings) = try object(key) else { return nil }
        let result = try regularizer(key, kind, settings)
        try settings.refuseUnknown()
        return result
    }

    private func regularizer(
        _ key: String, _ kind: String, _ settings: LayerConfiguration
    ) throws(ConfigurationError) -> any Regularizer {
        switch kind.lowercased() {
        case "l1": return L1(try settings.float("l1", default: 0.01))
        case "l2": return L2(try settings.float("l2", default: 0.01))
        case "l1l2":
            return L1L2(l1: try settings.float("l1", default: 0), l2: try settings.float("l2", default: 0))
        case "orthogonalregularizer", "orthogonal_regularizer":
            let text = settings.config["mode"]?.stringValue ?? "rows"
            guard let mode = OrthogonalRegularizer.Mode(rawValue: text) else {
                throw error("\(key): mode is \"\(text)\", expected \"rows\" or \"columns\"")
            }
            return OrthogonalRegularizer(factor: try settings.float("factor", default: 0.01), mode: mode)
        default:
            throw error("\(key) is \(kind), which is not supported; supported are L1, L2, L1L2, OrthogonalRegularizer")
        }
    }

    /// The constraint of a setting such as `kernel_constraint`; nil for none.
    func constraint(_ key: String) throws(ConfigurationError) -> (any Constraint)? {
        guard let (kind, settings) = try object(key) else { return nil }
        let result = try constraint(key, kind, settings)
        try settings.refuseUnknown()
        return result
    }

    private func constraint(
        _ key: String, _ kind: String, _ settings: LayerConfiguration
    ) throws(ConfigurationError) -> any Constraint {
        switch kind.lowercased().replacing("_", with: "") {
        case "maxnorm":
            return MaxNorm(maxValue: try settings.float("max_value", default: 2), axis: try settings.normAxes())
        case "nonneg": return NonNeg()
        case "unitnorm": return UnitNorm(axis: try settings.normAxes())
        case "minmaxnorm":
            return MinMaxNorm(
                minValue: try settings.float("min_value", default: 0),
                maxValue: try settings.float("max_value", default: 1), rate: try settings.float("rate", default: 1),
                axis: try settings.normAxes())
        default:
            throw error(
                "\(key) is \(kind), which is not supported; supported are MaxNorm, MinMaxNorm, NonNeg, UnitNorm")
        }
    }

    /// A setting that is an object of Keras, or its name alone: its class and its own settings.
    private func object(_ key: String) throws(ConfigurationError) -> (kind: String, LayerConfiguration)? {
        guard let value = config[key], !value.isNull else { return nil }
        guard let kind = value.stringValue ?? value["class_name"]?.stringValue else {
            throw error("\(key) is \(value.text()), expected an object with a class_name, or null")
        }
        let config = value["config"] ?? .object([:])
        return (kind, LayerConfiguration(kind: "\(self.kind), \(key) \(kind)", path: path, config: config))
    }

    private func float(_ key: String, default fallback: Double) throws(ConfigurationError) -> Float {
        Float(try number(key, default: fallback))
    }

    private func normAxes() throws(ConfigurationError) -> [Int] {
        guard let value = config["axis"], !value.isNull else { return [0] }
        return value.arrayValue == nil ? [try integer("axis")] : try integers("axis")
    }
}

extension JSONValue {
    /// A regularizer as Keras writes it; a nameless object for one that Keras has not.
    static func regularizer(_ regularizer: (any Regularizer)?) -> JSONValue {
        let settings: [JSONValue.Member]
        switch regularizer {
        case nil: return .null
        case let l1 as L1: settings = [.init(key: "l1", value: .shortest(l1.l1))]
        case let l2 as L2: settings = [.init(key: "l2", value: .shortest(l2.l2))]
        case let both as L1L2:
            settings = [.init(key: "l1", value: .shortest(both.l1)), .init(key: "l2", value: .shortest(both.l2))]
        case let orthogonal as OrthogonalRegularizer:
            settings = [
                .init(key: "factor", value: .shortest(orthogonal.factor)),
                .init(key: "mode", value: .string(orthogonal.mode.rawValue)),
            ]
        case .some(let other): return .nameless(type(of: other).kind)
        }
        return .kerasObject("keras.regularizers", type(of: regularizer!).kind, settings)
    }

    /// A constraint as Keras writes it; a nameless object for one that Keras has not.
    static func constraint(_ constraint: (any Constraint)?) -> JSONValue {
        func axes(_ axis: [Int]) -> JSONValue.Member {
            .init(key: "axis", value: axis.count == 1 ? .integer(axis[0]) : .integers(axis))
        }
        let settings: [JSONValue.Member]
        switch constraint {
        case nil: return .null
        case let norm as MaxNorm:
            settings = [.init(key: "max_value", value: .shortest(norm.maxValue)), axes(norm.axis)]
        case is NonNeg: settings = []
        case let norm as UnitNorm: settings = [axes(norm.axis)]
        case let norm as MinMaxNorm:
            settings = [
                .init(key: "min_value", value: .shortest(norm.minValue)),
                .init(key: "max_value", value: .shortest(norm.maxValue)),
                .init(key: "rate", value: .shortest(norm.rate)), axes(norm.axis),
            ]
        case .some(let other): return .nameless("\(type(of: other))")
        }
        return .kerasObject("keras.constraints", type(of: constraint!).kind, settings)
    }
}
