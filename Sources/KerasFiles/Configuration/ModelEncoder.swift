import JSONText
import Memory
import NeuralNetwork

/// Writes a model as `config.json`.
enum ModelEncoder {
    /// Refuses what Keras cannot load: layers, losses and optimizers of a user's own, and what a Sequential model may not
    /// have. Nothing is written before this.
    static func check(_ model: Model) throws(ConfigurationError) {
        try checkSequences(model, path: model.name)
        try ConfigurationCheck.check(.object(encode(model)))
        guard let compilation = model.compilation else { return }
        guard OptimizerConfiguration.isKnown(compilation.optimizer) else {
            throw ConfigurationError(
                "optimizer \(type(of: compilation.optimizer).kind): has no configuration in Keras; compile with Keras's own "
                    + "before saving")
        }
        for output in compilation.outputs {
            if let loss = output.loss, LossConfiguration.encode(loss) == nil {
                throw ConfigurationError(
                    "loss \(loss.name): has no configuration in Keras; compile with Keras's own before saving")
            }
            for metric in output.metrics + output.weightedMetrics where MetricConfiguration.encode(metric) == nil {
                throw ConfigurationError(
                    "metric \(metric.name): has no configuration in Keras; compile with Keras's own before saving")
            }
        }
    }

    /// Refuses operations in Sequential models, which take layers alone.
    private static func checkSequences(_ model: Model, path: String) throws(ConfigurationError) {
        for layer in model.layers {
            if model.form == .sequential, layer is OperationLayer {
                throw ConfigurationError(
                    "\(path)/\(layer.name) (\(layer.kind)): an operation in a Sequential model, where Keras takes layers alone; "
                        + "make it a Functional model with Model(inputs:outputs:)")
            }
            if let inner = layer as? Model { try checkSequences(inner, path: "\(path)/\(inner.name)") }
        }
    }

    /// The whole of `config.json`.
    static func encodeFile(_ model: Model) -> JSONValue {
        var root = encode(model)
        if let compilation = model.compilation {
            root.append(
                .init(
                    key: "compile_config",
                    value: CompileConfiguration.encode(
                        compilation, iteration: model.iterations, predictions: model.outputs.map(\.shape)))
            )
        }
        return .object(root)
    }

    /// The object of a model, which may be a layer of another one.
    static func encode(_ model: Model) -> [JSONValue.Member] {
        switch model.form {
        case .sequential:
            let shape = batchShape(model.inputs[0].extents, rows: model.inputs[0].batchSize)
            let built = BuildConfiguration(model)
            return [
                .init(key: "module", value: .string("keras")), .init(key: "class_name", value: .string("Sequential")),
                .init(
                    key: "config",
                    value: .object([
                        "name": .string(model.name), "trainable": .bool(model.isTrainable),
                        "dtype": .policy(model.policy),
                        "layers": .array(
                            [inputLayer(model.inputs[0], connected: false)]
                                + model.calls.map { .object(built.adding(to: LayerRegistry.encode($0.layer), $0)) }),
                        "build_input_shape": shape,
                    ])),
                .init(key: "registered_name", value: .null),
                .init(key: "build_config", value: .object(["input_shape": shape])),
            ]
        case .functional:
            return [
                .init(key: "module", value: .string("keras.src.models.functional")),
                .init(key: "class_name", value: .string("Functional")),
                .init(
                    key: "config",
                    value: .object([
                        "name": .string(model.name), "trainable": .bool(model.isTrainable),
                        "layers": .array(functionalLayers(model)),
                        "input_layers": ends(model.inputs.map { history($0.name, 0, 0) }, model.structure.inputs),
                        "output_layers": ends(
                            model.outputs.map { history(of: $0, in: model, isEnd: true) }, model.structure.outputs),
                    ])),
                .init(key: "registered_name", value: .string("Functional")),
                .init(key: "build_config", value: .object(["input_shape": .null])),
            ]
        }
    }

    private static func functionalLayers(_ model: Model) -> [JSONValue] {
        let built = BuildConfiguration(model)
        return model.inputs.map { inputLayer($0, connected: true) }
            + model.layers.map { layer in
                let nodes = model.calls.filter { $0.layer === layer }.map { call in
                    CallArguments.encode(call.arguments) { (built.shape(of: $0), history(of: $0, in: model)) }
                }
                let first = model.calls.first { $0.layer === layer }!
                let object =
                    (layer as? OperationLayer).map { $0.object }
                    ?? built.adding(to: LayerRegistry.encode(layer), first)
                return .object(
                    object + [
                        .init(key: "name", value: .string(layer.name)),
                        .init(key: "inbound_nodes", value: .array(nodes)),
                    ])
            }
    }

    private static func inputLayer(_ input: ModelInput, connected: Bool) -> JSONValue {
        let config = JSONValue.object([
            "batch_shape": batchShape(input.extents, rows: input.batchSize),
            "dtype": .string(input.declaredType.rawValue),
            "sparse": .bool(false), "ragged": .bool(false), "name": .string(input.name), "optional": .bool(false),
        ])
        var members: [JSONValue.Member] = [
            .init(key: "module", value: .string("keras.layers")),
            .init(key: "class_name", value: .string("InputLayer")), .init(key: "config", value: config),
            .init(key: "registered_name", value: .null),
        ]
        if connected {
            members.append(.init(key: "name", value: .string(input.name)))
            members.append(.init(key: "inbound_nodes", value: .array([])))
        }
        return .object(members)
    }

    /// Extents with the batch axis in front, null where the number of rows or another extent is open.
    static func batchShape(_ extents: [Int?], rows: Int? = nil) -> JSONValue {
        .array(([rows] + extents).map { $0.map(JSONValue.integer) ?? .null })
    }

    private static func ends(_ places: [JSONValue], _ form: Model.Structure.Form) -> JSONValue {
        var rest = places[...]
        return end(form, &rest)
    }

    /// The next places, as a form has them.
    private static func end(_ form: Model.Structure.Form, _ places: inout ArraySlice<JSONValue>) -> JSONValue {
        switch form {
        case .automatic where places.count > 1: return .array(Array(places))
        case .automatic, .one: return places.removeFirst()
        case .list(let forms): return .array(forms.map { end($0, &places) })
        case .names(let names, let forms):
            return .object(zip(names, forms).map { .init(key: $0, value: end($1, &places)) })
        }
    }

    private static func history(_ layer: String, _ call: Int, _ output: Int) -> JSONValue {
        .array([.string(layer), .integer(call), .integer(output)])
    }

    /// The layer that makes a value, which of its calls, and which output of that.
    ///
    /// - Parameter isEnd: whether the value is an output of the model: there Keras counts the calls of a Functional model
    ///   from 1.
    private static func history(of output: LayerOutput, in model: Model, isEnd: Bool = false) -> JSONValue {
        switch output.origin {
        case .input(let input): return history(input.name, 0, 0)
        case .call(let call, let index):
            let calls = model.calls.filter { $0.layer === call.layer }
            let first = isEnd && call.layer.kind == "Functional" ? 1 : 0
            return history(call.layer.name, first + calls.firstIndex { $0 === call }!, index)
        }
    }
}
