import JSONText
import Memory
import NeuralNetwork

/// Builds models from `config.json`; weights are read later.
enum ModelDecoder {
    /// Whether Keras's class of this name is a model.
    static func isModel(_ kind: String) -> Bool { ["Sequential", "Functional", "Model"].contains(kind) }

    /// The model of a file.
    ///
    /// - Parameter weightsBytes: bytes of the file of weights.
    static func decode(
        _ root: JSONValue, weightsBytes: Int?, ledger: MemoryLedger
    ) throws(ConfigurationError) -> Model {
        var first: ConfigurationError?
        // An extent that stands in for open ones may be too small for the layers.
        for standIn in [ModelInput.standIn, 4 * ModelInput.standIn, 16 * ModelInput.standIn] {
            let budget = WeightsBudget(weightsBytes: weightsBytes, standIn: standIn)
            do throws(ConfigurationError) {
                return try decode(root, budget, ledger)
            } catch {
                if first == nil { first = error }
                guard budget.metOpenAxes else { break }
            }
        }
        throw first!
    }

    private static func decode(
        _ root: JSONValue, _ budget: WeightsBudget, _ ledger: MemoryLedger
    ) throws(ConfigurationError) -> Model {
        guard let kind = root["class_name"]?.stringValue, let config = root["config"] else {
            throw ConfigurationError("config.json: expected an object with class_name and config")
        }
        guard isModel(kind) else {
            throw ConfigurationError("model class \(kind) is not supported; supported are Sequential and Functional")
        }
        let configuration = LayerConfiguration(
            kind: kind, path: config["name"]?.stringValue ?? kind.lowercased(), config: config,
            buildShape: root["build_config"]?["input_shape"], budget: budget)
        let model = try decode(configuration, ledger: ledger)
        model.isTrainable = try configuration.bool("trainable", default: true)
        configuration.config.ignore("name", "dtype")
        try configuration.refuseUnknown()
        do { try model.checkOpenAxes() } catch { throw ConfigurationError(error.description) }
        // Keras writes an empty object for a model that is not compiled.
        if let compile = root["compile_config"], !compile.isNull, compile != .object([:]) {
            do {
                model.compilation = try CompileConfiguration.decode(compile, outputNames: model.outputNames)
            } catch {
                model.compilationProblem = error.reason
            }
        }
        return model
    }

    /// A model, which may be a layer of another one.
    static func decode(
        _ configuration: LayerConfiguration, ledger: MemoryLedger = MemoryLedger()
    ) throws(ConfigurationError) -> Model {
        configuration.kind == "Sequential"
            ? try sequential(configuration, ledger) : try FunctionalDecoder(configuration).model(ledger)
    }

    private static func sequential(
        _ configuration: LayerConfiguration, _ ledger: MemoryLedger
    ) throws(ConfigurationError) -> Model {
        let (config, path) = (configuration.config, configuration.path)
        var origin: LayerOutput?
        var output: LayerOutput?
        if let shape = try batchShape(config["build_input_shape"] ?? configuration.buildShape, configuration.budget) {
            origin = LayerOutput(
                ModelInput(name: "", shape: shape.sample, batchSize: shape.batch, openAxes: shape.open))
        }
        for item in config["layers"]?.arrayValue ?? [] {
            let layer = try LayerConfiguration(item, in: path, configuration.budget)
            if layer.kind == "InputLayer" {
                origin = try input(layer)
                continue
            }
            guard let previous = output ?? origin else {
                throw ConfigurationError(
                    "model \(path): the input shape is unknown; build the model in Keras (or add keras.Input) before saving"
                )
            }
            let outputs = try connect(
                try LayerRegistry.decode(layer), [CallArgument(nil, .tensor(previous))], configuration.budget)
            guard outputs.count == 1 else {
                throw layer.error("has \(outputs.count) outputs, expected one in a Sequential model")
            }
            output = outputs[0]
        }
        guard let origin, let output else { throw ConfigurationError("model \(path): has no layers") }
        return try model(configuration, .sequential, [origin], [output], Model.Structure(), ledger)
    }

    // MARK: Parts

    /// The input of an `InputLayer`.
    static func input(_ layer: LayerConfiguration) throws(ConfigurationError) -> LayerOutput {
        guard
            let shape = try batchShape(
                layer.config["batch_shape"] ?? layer.config["batch_input_shape"], layer.budget)
        else {
            throw layer.error("has no batch_shape")
        }
        for key in ["sparse", "ragged", "optional"] where try layer.bool(key, default: false) {
            throw layer.error(
                "\(key) is true, which is not supported; expected false: an input is a dense array of every row")
        }
        let dtype = layer.config["dtype"]?.stringValue ?? "float32"
        guard let type = ScalarType(rawValue: dtype) else {
            let known = ScalarType.allCases.map(\.rawValue).joined(separator: ", ")
            throw layer.error("dtype is \(dtype), which is not supported; expected one of \(known)")
        }
        layer.config.ignore("name", "batch_shape", "batch_input_shape")
        try layer.refuseUnknown()
        return LayerOutput(
            ModelInput(
                name: layer.name, shape: shape.sample, type: type, batchSize: shape.batch, openAxes: shape.open))
    }

    /// `[null, 8, 8]` as (8, 8), the number of rows where it is fixed, and the axes of a sample whose extent is not.
    private static func batchShape(
        _ value: JSONValue?, _ budget: WeightsBudget
    ) throws(ConfigurationError) -> (sample: Shape, batch: Int?, open: Set<Int>)? {
        guard let extents = value?.arrayValue, let first = extents.first else { return nil }
        let rest = Array(extents.dropFirst())
        let sample = rest.compactMap { $0.isNull ? budget.standIn : $0.integerValue }
        guard sample.count == rest.count, sample.allSatisfy({ $0 > 0 }) else {
            throw ConfigurationError(
                "input shape \(value!.text()) is not supported; expected extents of at least 1, or null for open ones")
        }
        let open = Set(rest.indices.filter { rest[$0].isNull })
        if !open.isEmpty { budget.metOpenAxes = true }
        guard LayerConfiguration.elementCount(sample) != nil else {
            throw ConfigurationError("input shape \(value!.text()) has too many elements")
        }
        let batch = first.integerValue
        guard first.isNull || batch.map({ $0 > 0 && $0 <= LayerConfiguration.largestNumber }) == true else {
            throw ConfigurationError(
                "input shape \(value!.text()): the batch is \(first.text()), expected null or rows")
        }
        return (Shape(sample), batch, open)
    }

    /// Calls a layer, after a look at what it would hold.
    static func connect(
        _ layer: Layer, _ arguments: [CallArgument], _ budget: WeightsBudget
    ) throws(ConfigurationError) -> [LayerOutput] {
        let outputs: [LayerOutput]
        do { outputs = try layer.connected(to: arguments) } catch { throw ConfigurationError(error.description) }
        for output in outputs where LayerConfiguration.elementCount(output.shape.dimensions) == nil {
            throw ConfigurationError(
                "layer \"\(layer.name)\" (\(layer.kind)): its output \(output.shape) has too many elements")
        }
        if case .call(let call, _)? = outputs.first?.origin { try budget.add(layer, inputs: call.inputs.map(\.shape)) }
        return outputs
    }

    static func model(
        _ configuration: LayerConfiguration, _ form: Model.Form, _ inputs: [LayerOutput], _ outputs: [LayerOutput],
        _ structure: Model.Structure, _ ledger: MemoryLedger
    ) throws(ConfigurationError) -> Model {
        let name = configuration.name.isEmpty ? configuration.path : configuration.name
        do {
            return try Model(
                form: form, inputs: inputs, outputs: outputs, name: name, structure: structure, weights: .loaded,
                ledger: ledger)
        } catch {
            throw ConfigurationError(error.description)
        }
    }
}
