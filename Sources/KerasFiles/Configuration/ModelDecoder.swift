import JSONText
import Memory
import NeuralNetwork

/// Builds a model from `config.json`; weights are read later.
struct ModelDecoder {
    /// The layers in the order of the file, which is the order of the weights' groups.
    private(set) var layersInFile: [Layer] = []

    /// Bytes of the file of weights.
    private let weightsBytes: Int

    /// Layers whose parameters are counted, and how many numbers those are.
    private var countedLayers: Set<ObjectIdentifier> = []
    private var parameterCount = 0

    private init(weightsBytes: Int) { self.weightsBytes = weightsBytes }

    /// - Parameter weightsBytes: bytes of the file of weights; a configuration with far more parameters than those can
    ///   hold is refused before memory for them is asked for.
    static func decode(
        _ root: JSONValue, weightsBytes: Int, ledger: MemoryLedger
    ) throws(ConfigurationError) -> (Model, [Layer]) {
        guard let kind = root["class_name"]?.stringValue, let config = root["config"] else {
            throw ConfigurationError("config.json: expected an object with class_name and config")
        }
        var decoder = ModelDecoder(weightsBytes: weightsBytes)
        let model: Model
        switch kind {
        case "Sequential": model = try decoder.sequential(config, root, ledger)
        case "Functional", "Model": model = try decoder.functional(config, ledger)
        default:
            throw ConfigurationError("model class \(kind) is not supported; supported are Sequential and Functional")
        }
        // Keras writes an empty object for a model that is not compiled.
        if let compile = root["compile_config"], !compile.isNull, compile != .object([:]) {
            do {
                model.compilation = try CompileConfiguration.decode(compile)
            } catch {
                model.compilationProblem = error.reason
            }
        }
        return (model, decoder.layersInFile)
    }

    // MARK: Sequential

    private mutating func sequential(
        _ config: JSONValue, _ root: JSONValue, _ ledger: MemoryLedger
    ) throws(ConfigurationError) -> Model {
        let name = config["name"]?.stringValue ?? "sequential"
        var origin: LayerOutput?
        var output: LayerOutput?
        if let shape = try Self.sampleShape(config["build_input_shape"] ?? root["build_config"]?["input_shape"]) {
            origin = Self.input(name: "", shape: shape)
        }
        for item in config["layers"]?.arrayValue ?? [] {
            let layer = try Self.configuration(item, in: name)
            if layer.kind == "InputLayer" {
                origin = try Self.input(layer)
                continue
            }
            guard let previous = output ?? origin else {
                throw ConfigurationError(
                    "model \(name): the input shape is unknown; build the model in Keras (or add keras.Input) before saving"
                )
            }
            let decoded = try LayerRegistry.decode(layer)
            layersInFile.append(decoded)
            output = try connect(decoded, to: previous)
        }
        guard let origin, let output else { throw ConfigurationError("model \(name): has no layers") }
        return try Self.model(.sequential, [origin], [output], name, ledger)
    }

    // MARK: Functional

    private mutating func functional(
        _ config: JSONValue, _ ledger: MemoryLedger
    ) throws(ConfigurationError) -> Model {
        let name = config["name"]?.stringValue ?? "functional"
        /// Outputs by layer name, one per call of the layer.
        var outputs: [String: [LayerOutput]] = [:]
        var pending: [(layer: Layer, path: LayerConfiguration, sources: [(String, Int)])] = []
        for item in config["layers"]?.arrayValue ?? [] {
            let layer = try Self.configuration(item, in: name)
            if layer.kind == "InputLayer" {
                outputs[layer.name] = [try Self.input(layer)]
                continue
            }
            let decoded = try LayerRegistry.decode(layer)
            layersInFile.append(decoded)
            let sources = try Self.sources(item["inbound_nodes"]?.arrayValue ?? [], of: layer)
            pending.append((decoded, layer, sources))
            outputs[layer.name] = []
        }
        // A shared layer's second call may read a layer that stands later in the file: go on until all are connected.
        var progress = true
        while progress {
            progress = false
            for (decoded, layer, sources) in pending {
                while let made = outputs[layer.name]?.count, made < sources.count {
                    let (source, node) = sources[made]
                    guard let known = outputs[source] else {
                        throw layer.error("reads from layer \"\(source)\", which is not in the model")
                    }
                    guard node < known.count else { break }
                    outputs[layer.name]!.append(try connect(decoded, to: known[node]))
                    progress = true
                }
            }
        }
        if let open = pending.first(where: { outputs[$0.path.name]!.count < $0.sources.count }) {
            throw open.path.error("its input is never computed; the model's connections form a circle")
        }
        func end(_ key: String) throws(ConfigurationError) -> [LayerOutput] {
            try Self.histories(config[key] ?? .null).map { item throws(ConfigurationError) in
                guard let known = outputs[item.0], item.1 < known.count else {
                    throw ConfigurationError("model \(name): \(key) names \"\(item.0)\", which is not in the model")
                }
                return known[item.1]
            }
        }
        return try Self.model(.functional, try end("input_layers"), try end("output_layers"), name, ledger)
    }

    /// The layers that each call of a layer reads, with the number of the call there.
    private static func sources(
        _ nodes: [JSONValue], of layer: LayerConfiguration
    ) throws(ConfigurationError) -> [(String, Int)] {
        var result: [(String, Int)] = []
        for node in nodes {
            let arguments = node["args"]?.arrayValue ?? []
            guard arguments.count == 1, let history = arguments[0]["config"]?["keras_history"]?.arrayValue,
                history.count >= 2, let source = history[0].stringValue, let index = history[1].integerValue, index >= 0
            else {
                throw layer.error("inbound node \(node.text()) is not supported; expected one tensor")
            }
            result.append((source, index))
        }
        return result
    }

    /// `["name", 0, 0]`, or a list of those.
    private static func histories(_ value: JSONValue) throws(ConfigurationError) -> [(String, Int)] {
        guard let list = value.arrayValue else {
            throw ConfigurationError("config.json: \(value.text()), expected [name, node, tensor]")
        }
        if let name = list.first?.stringValue {
            guard list.count > 1, let node = list[1].integerValue, node >= 0 else {
                throw ConfigurationError("config.json: \(value.text()), expected [name, node, tensor]")
            }
            return [(name, node)]
        }
        var result: [(String, Int)] = []
        for item in list { result += try histories(item) }
        return result
    }

    // MARK: Parts

    private static func configuration(
        _ item: JSONValue, in model: String
    ) throws(ConfigurationError) -> LayerConfiguration {
        guard let kind = item["class_name"]?.stringValue, let config = item["config"] else {
            throw ConfigurationError("model \(model): \(item.text()) is not a layer")
        }
        let name = config["name"]?.stringValue ?? item["name"]?.stringValue ?? kind
        return LayerConfiguration(kind: kind, path: "\(model)/\(name)", config: config)
    }

    private static func input(_ layer: LayerConfiguration) throws(ConfigurationError) -> LayerOutput {
        guard let shape = try sampleShape(layer.config["batch_shape"] ?? layer.config["batch_input_shape"]) else {
            throw layer.error("has no batch_shape")
        }
        return input(name: layer.name, shape: shape)
    }

    private static func input(name: String, shape: Shape) -> LayerOutput {
        LayerOutput(ModelInput(name: name, shape: shape))
    }

    /// `[null, 8, 8]` as (8, 8).
    private static func sampleShape(_ value: JSONValue?) throws(ConfigurationError) -> Shape? {
        guard let extents = value?.arrayValue else { return nil }
        let sample = extents.dropFirst().compactMap(\.integerValue)
        guard sample.count == extents.count - 1, sample.allSatisfy({ $0 > 0 }) else {
            throw ConfigurationError(
                "input shape \(value!.text()) is not supported; all axes but the batch need a fixed extent")
        }
        guard LayerConfiguration.elementCount(sample) != nil else {
            throw ConfigurationError("input shape \(value!.text()) has too many elements")
        }
        return Shape(sample)
    }

    private mutating func connect(
        _ layer: Layer, to input: LayerOutput
    ) throws(ConfigurationError) -> LayerOutput {
        let output: LayerOutput
        do { output = try layer(input) } catch { throw ConfigurationError(error.description) }
        func refused(_ reason: String) -> ConfigurationError {
            ConfigurationError("layer \"\(layer.name)\" (\(layer.kind)): \(reason)")
        }
        guard LayerConfiguration.elementCount(output.shape.dimensions) != nil else {
            throw refused("its output \(output.shape) has too many elements")
        }
        guard countedLayers.insert(ObjectIdentifier(layer)).inserted else { return output }
        for parameter in layer.parameters(for: input.shape) {
            // Four bytes a number; a file may be compressed, but not to a hundredth.
            guard let count = LayerConfiguration.elementCount(parameter.shape.dimensions),
                (parameterCount + count) / 25 <= weightsBytes
            else {
                throw refused(
                    "\(parameter.name) has shape \(parameter.shape), more than model.weights.h5 of \(weightsBytes) bytes holds"
                )
            }
            parameterCount += count
        }
        return output
    }

    private static func model(
        _ form: Model.Form, _ inputs: [LayerOutput], _ outputs: [LayerOutput], _ name: String, _ ledger: MemoryLedger
    ) throws(ConfigurationError) -> Model {
        do {
            return try Model(
                form: form, inputs: inputs, outputs: outputs, name: name, weights: .loaded, ledger: ledger)
        } catch {
            throw ConfigurationError(error.description)
        }
    }
}
