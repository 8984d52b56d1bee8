import JSONText
import Memory
import NeuralNetwork

/// The shapes that a layer was first called with, which Keras writes beside its configuration (`build_config`).
///
/// Keras builds a layer from them before the model around it connects it; only then do its weights have the same paths as
/// those of a model that Keras saved itself.
struct BuildConfiguration {
    /// The shapes of values for other extents of open axes.
    private let others: Model.ValueShapes?

    init(_ model: Model) { others = model.shapesAtOtherExtents }

    /// The shape of a value in Keras, null for the batch and for open extents.
    func shape(of output: LayerOutput) -> JSONValue {
        ModelEncoder.batchShape(output.shape.extents(unlike: others?.shape(of: output) ?? output.shape))
    }

    /// The object of a layer, with the shapes of its first call in a model, and those of the layers within it.
    func adding(to object: [JSONValue.Member], _ call: LayerCall) -> [JSONValue.Member] {
        let inputs = call.inputs.map(\.shape)
        let isList = call.arguments.contains { if case .list = $0.value { true } else { false } }
        return Self.adding(
            to: object, of: call.layer, inputs, call.inputs.map { others?.shape(of: $0) ?? $0.shape },
            rows: call.batchSize, isList: isList)
    }

    /// - Parameters:
    ///   - inputs: of one sample.
    ///   - others: for other extents of open axes.
    ///   - rows: of every batch, where that is fixed.
    ///   - isList: whether the layer's call takes a list of tensors.
    private static func adding(
        to object: [JSONValue.Member], of layer: Layer, _ inputs: [Shape], _ others: [Shape], rows: Int?,
        isList: Bool = false
    ) -> [JSONValue.Member] {
        let shapes = zip(inputs, others).map { shape, other in
            ModelEncoder.batchShape(shape.extents(unlike: other), rows: rows)
        }
        guard let own = encode(layer, shapes, isList: isList) else { return object }
        // Models write the shapes of what is in them themselves.
        var open =
            layer is Model ? [] : Array(zip(layer.sublayers(for: inputs), layer.sublayers(for: others)))
        func completed(_ value: JSONValue) -> JSONValue {
            if let items = value.arrayValue { return .array(items.map(completed)) }
            guard let members = value.members, let kind = value["class_name"]?.stringValue,
                let index = open.firstIndex(where: {
                    $0.0.layer.kind == kind && $0.0.layer.name == value["config"]?["name"]?.stringValue
                })
            else { return value }
            let (inner, other) = open.remove(at: index)
            // A pipeline hands on several values as a list.
            return .object(
                adding(
                    to: members, of: inner.layer, inner.inputs, other.inputs, rows: rows,
                    isList: layer is Pipeline && inner.inputs.count > 1))
        }
        let whole = object.filter { $0.key != "build_config" }.map { member in
            guard member.key == "config", let settings = member.value.members, !(layer is Model) else { return member }
            return JSONValue.Member(
                key: "config", value: .object(settings.map { .init(key: $0.key, value: completed($0.value)) }))
        }
        return whole + [.init(key: "build_config", value: own)]
    }

    private static func encode(_ layer: Layer, _ shapes: [JSONValue], isList: Bool) -> JSONValue? {
        func named(_ shapes: [(String, JSONValue)]) -> JSONValue {
            .object([
                JSONValue.Member(
                    key: "shapes_dict", value: .object(shapes.map { JSONValue.Member(key: $0.0, value: $0.1) }))
            ])
        }
        func single(_ value: JSONValue) -> JSONValue { .object(["input_shape": value]) }

        if (layer as? Model)?.form == .functional { return single(.null) }
        guard !builtAtOnce.contains(layer.kind), let first = shapes.first else { return nil }
        if layer is ProjectedAttention {
            return named(zip(layer.inputArguments, shapes).map { ("\($0)_shape", $1) })
        }
        if layer is RNN || layer is Bidirectional, shapes.count > 1 {
            // As they were given: a list, or one alone.
            let states = Array(shapes.dropFirst())
            return named([("sequences_shape", first), ("initial_state_shape", isList ? .array(states) : states[0])])
        }
        return single(isList ? .array(shapes) : first)
    }

    /// What Keras takes for built when it is made: it writes no shapes of these.
    private static let builtAtOnce: Set<String> = {
        let pooling = ["1D", "2D", "3D"].flatMap { axes in
            ["MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling", "SpatialDropout"]
                .map { $0 + axes }
        }
        return Set(pooling).union([
            "Activation", "ActivityRegularization", "AlphaDropout", "Dropout", "ELU", "GaussianDropout",
            "GaussianNoise",
            "Identity", "LeakyReLU", "Masking", "ReLU", "Reshape", "Softmax", "UnitNormalization",
        ])
    }()
}
