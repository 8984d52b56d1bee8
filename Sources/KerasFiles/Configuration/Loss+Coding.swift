import JSONText
import NeuralNetwork

/// How a loss stands in `compile_config`.
protocol LossCoding: Loss {
    /// The class in Keras.
    static var kind: String { get }
    /// The function in Keras.
    static var function: String { get }

    /// The loss of a configuration.
    init(_ object: CompiledObject) throws(ConfigurationError)

    /// The arguments of the class in Keras, without name and reduction.
    var encoded: [JSONValue.Member] { get }
}

extension LossCoding {
    static var kind: String { "\(Self.self)" }
}

/// A loss without arguments of its own.
protocol PlainLossCoding: LossCoding {
    init(reduction: LossReduction)
}

extension PlainLossCoding {
    init(_ object: CompiledObject) throws(ConfigurationError) { self.init(reduction: try object.reduction()) }
    var encoded: [JSONValue.Member] { [] }
}

/// Losses of `compile_config`, as Keras writes them.
enum LossConfiguration {
    /// The losses that Keras has.
    static let known: [any LossCoding.Type] = [
        BinaryCrossentropy.self, BinaryFocalCrossentropy.self, CTC.self, CategoricalCrossentropy.self,
        CategoricalFocalCrossentropy.self, CategoricalGeneralizedCrossEntropy.self, CategoricalHinge.self, Circle.self,
        CosineSimilarity.self, Dice.self, Hinge.self, Huber.self, KLDivergence.self, LogCosh.self,
        MeanAbsoluteError.self, MeanAbsolutePercentageError.self, MeanSquaredError.self,
        MeanSquaredLogarithmicError.self, Poisson.self, SparseCategoricalCrossentropy.self, SquaredHinge.self,
        Tversky.self,
    ]

    /// A loss by name, by function, or by class and arguments.
    static func decode(_ value: JSONValue) throws(ConfigurationError) -> any Loss {
        if let name = value.stringValue {
            guard let loss = namedLoss(name) else { throw unknown("\"\(name)\"") }
            return loss
        }
        let kind = value["class_name"]?.stringValue ?? value.text()
        if kind == "function" {
            guard let name = value["config"]?.stringValue, let loss = namedLoss(name) else {
                throw unknown("function \(value["config"]?.text() ?? "without a name")")
            }
            return loss
        }
        let config = value["config"] ?? .object([:])
        if kind == "LossFunctionWrapper", let name = config["fn"]?["config"]?.stringValue {
            return try decode(kind: name, config: config, role: "loss")
        }
        return try decode(kind: kind, config: config, role: "loss")
    }

    /// A loss by class or function, and arguments.
    static func decode(kind: String, config: JSONValue, role: String) throws(ConfigurationError) -> any Loss {
        guard let type = known.first(where: { $0.kind == kind || $0.function == kind }) else { throw unknown(kind) }
        let object = CompiledObject(role: role, kind: kind, config: config)
        let loss = try type.init(object)
        try object.refuseOthers(than: loss.encoded)
        return loss
    }

    private static func unknown(_ what: String) -> ConfigurationError {
        ConfigurationError("loss \(what) is not supported; supported are \(lossNames.joined(separator: ", "))")
    }

    /// A loss as Keras reads it: the name of a function where nothing differs from its defaults. Nil for one that Keras does
    /// not have.
    static func encode(_ loss: any Loss) -> JSONValue? {
        // Chosen by shapes in Keras too, by this name alone.
        if loss is Crossentropy { return .string(loss.name) }
        guard let loss = loss as? any LossCoding else { return nil }
        let type = type(of: loss)
        // Keras knows this one by its class alone.
        let isNamed = !(loss is CategoricalGeneralizedCrossEntropy)
        if isNamed, let plain = namedLoss(type.function) as? any LossCoding, plain.reduction == loss.reduction,
            plain.encoded == loss.encoded
        {
            return .string(type.function)
        }
        let head: [JSONValue.Member] = [
            .init(key: "name", value: .string(loss.name)),
            .init(key: "reduction", value: .string(loss.reduction.rawValue)),
        ]
        return .kerasObject("keras.losses", type.kind, head + loss.encoded)
    }
}

/// The loss of a configuration such as Keras's `serialize` gives, alone.
package func decodeLoss(_ value: JSONValue) throws(KerasFileError) -> any Loss {
    do throws(ConfigurationError) {
        return try LossConfiguration.decode(value)
    } catch {
        throw KerasFileError(.invalid, "configuration", error.reason)
    }
}

/// A loss as Keras's `deserialize` reads it; nil for one that Keras does not have.
package func encodeLoss(_ loss: any Loss) -> JSONValue? { LossConfiguration.encode(loss) }
