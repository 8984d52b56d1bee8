import JSONText
import Memory
import NeuralNetwork

/// Writes a model as `config.json`.
enum ModelEncoder {
    /// Refuses what Keras has no name for: layers, losses and optimizers of a user's own.
    static func check(_ model: Model) throws(ConfigurationError) {
        for layer in model.layers where !(layer is any LayerCoding) {
            throw ConfigurationError(
                "layer \(model.name)/\(layer.name) (\(layer.kind)): has no configuration in Keras; a .keras file cannot hold it"
            )
        }
        guard let compilation = model.compilation else { return }
        guard compilation.optimizer is SGD || compilation.optimizer is Adam, namedLoss(compilation.loss.name) != nil
        else {
            throw ConfigurationError(
                "optimizer \(type(of: compilation.optimizer).kind) with loss \(compilation.loss.name): has no configuration in Keras; "
                    + "compile with Keras's own before saving")
        }
    }

    static func encode(_ model: Model) -> JSONValue {
        var root: [JSONValue.Member] = []
        switch model.form {
        case .sequential:
            let shape = batchShape(model.inputs[0].shape)
            root = [
                .init(key: "module", value: .string("keras")), .init(key: "class_name", value: .string("Sequential")),
                .init(
                    key: "config",
                    value: .object([
                        "name": .string(model.name), "trainable": .bool(true), "dtype": .dtypePolicy,
                        "layers": .array(
                            [inputLayer(model.inputs[0], connected: false)]
                                + model.calls.map { .object(LayerRegistry.encode($0.layer)) }),
                        "build_input_shape": shape,
                    ])),
                .init(key: "registered_name", value: .null),
                .init(key: "build_config", value: .object(["input_shape": shape])),
            ]
        case .functional:
            root = [
                .init(key: "module", value: .string("keras.src.models.functional")),
                .init(key: "class_name", value: .string("Functional")),
                .init(
                    key: "config",
                    value: .object([
                        "name": .string(model.name), "trainable": .bool(true),
                        "layers": .array(functionalLayers(model)),
                        "input_layers": .array(model.inputs.map { history($0.name, 0) }),
                        "output_layers": .array(model.outputs.map { history(of: $0, in: model) }),
                    ])),
                .init(key: "registered_name", value: .string("Functional")),
            ]
        }
        if let compilation = model.compilation {
            root.append(.init(key: "compile_config", value: CompileConfiguration.encode(compilation)))
        }
        return .object(root)
    }

    private static func functionalLayers(_ model: Model) -> [JSONValue] {
        model.inputs.map { inputLayer($0, connected: true) }
            + model.layers.map { layer in
                let nodes = model.calls.filter { $0.layer === layer }.map { call in
                    JSONValue.object([
                        "args": .array([
                            .object([
                                "class_name": .string("__keras_tensor__"),
                                "config": .object([
                                    "shape": batchShape(call.inputs[0].shape), "dtype": .string("float32"),
                                    "keras_history": history(of: call.inputs[0], in: model),
                                ]),
                            ])
                        ]),
                        "kwargs": .object([:]),
                    ])
                }
                return .object(
                    LayerRegistry.encode(layer) + [
                        .init(key: "name", value: .string(layer.name)),
                        .init(key: "inbound_nodes", value: .array(nodes)),
                    ])
            }
    }

    private static func inputLayer(_ input: ModelInput, connected: Bool) -> JSONValue {
        let config = JSONValue.object([
            "batch_shape": batchShape(input.shape), "dtype": .string("float32"), "sparse": .bool(false),
            "ragged": .bool(false), "name": .string(input.name), "optional": .bool(false),
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

    private static func batchShape(_ shape: Shape) -> JSONValue {
        .array([.null] + shape.dimensions.map(JSONValue.integer))
    }

    private static func history(_ layer: String, _ node: Int) -> JSONValue {
        .array([.string(layer), .integer(node), .integer(0)])
    }

    /// The layer that makes a value, and which of its calls.
    private static func history(of output: LayerOutput, in model: Model) -> JSONValue {
        switch output.origin {
        case .input(let input): return history(input.name, 0)
        case .call(let call, _):
            let calls = model.calls.filter { $0.layer === call.layer }
            return history(call.layer.name, calls.firstIndex { $0 === call }!)
        }
    }
}
