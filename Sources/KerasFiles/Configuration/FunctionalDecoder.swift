import JSONText
import Memory
import NeuralNetwork

/// Connects the layers of a Functional model as its configuration says.
struct FunctionalDecoder {
    /// A layer whose calls are not all made yet.
    private struct Pending {
        let layer: Layer
        let configuration: LayerConfiguration
        let nodes: [JSONValue]
        var made = 0
    }

    private let configuration: LayerConfiguration
    /// Outputs by layer name: of each call of the layer.
    private var outputs: [String: [[LayerOutput]]] = [:]
    private var pending: [Pending] = []
    /// Functional models among the layers.
    private var functionals: Set<String> = []

    init(_ configuration: LayerConfiguration) throws(ConfigurationError) {
        self.configuration = configuration
        for item in configuration.config["layers"]?.arrayValue ?? [] {
            let layer = try LayerConfiguration(item, in: configuration.path, configuration.budget)
            if layer.kind == "InputLayer" {
                outputs[layer.name] = [[try ModelDecoder.input(layer)]]
                continue
            }
            let decoded: Layer
            if OperationLayer.isOperation(module: item["module"]?.stringValue) {
                decoded = try OperationLayer.decode(layer)
            } else {
                decoded = try LayerRegistry.decode(layer)
            }
            if decoded is Model, decoded.kind == "Functional" { functionals.insert(layer.name) }
            pending.append(
                Pending(layer: decoded, configuration: layer, nodes: item["inbound_nodes"]?.arrayValue ?? []))
            outputs[layer.name] = []
        }
        try connect()
    }

    /// A shared layer's second call may read a layer that stands later in the file: goes on until all are connected.
    private mutating func connect() throws(ConfigurationError) {
        var progress = true
        while progress {
            progress = false
            for index in pending.indices {
                let item = pending[index]
                while pending[index].made < item.nodes.count {
                    let node = item.nodes[pending[index].made]
                    let arguments = try CallArguments.decode(node, of: item.configuration) {
                        place throws(ConfigurationError) in try find(place, for: item.configuration)
                    }
                    guard let arguments else { break }
                    let made = try ModelDecoder.connect(item.layer, arguments, configuration.budget)
                    outputs[item.configuration.name]!.append(made)
                    pending[index].made += 1
                    progress = true
                }
            }
        }
        if let open = pending.first(where: { $0.made < $0.nodes.count }) {
            throw open.configuration.error("its input is never computed; the model's connections form a circle")
        }
    }

    /// A tensor by its place; nil when it is not computed yet.
    private func find(
        _ place: CallArguments.Place, for layer: LayerConfiguration
    ) throws(ConfigurationError) -> LayerOutput? {
        guard let known = outputs[place.layer] else {
            throw layer.error("reads from layer \"\(place.layer)\", which is not in the model")
        }
        guard place.call < known.count else { return nil }
        guard place.output < known[place.call].count else {
            throw layer.error(
                "reads output \(place.output) of layer \"\(place.layer)\", which has \(known[place.call].count)")
        }
        return known[place.call][place.output]
    }

    func model(_ ledger: MemoryLedger) throws(ConfigurationError) -> Model {
        let (inputs, inputForm) = try ends("input_layers")
        let (outputs, outputForm) = try ends("output_layers")
        return try ModelDecoder.model(
            configuration, .functional, inputs, outputs, Model.Structure(inputs: inputForm, outputs: outputForm),
            ledger)
    }

    /// The ends of the model, in Keras's order, and how they are written: one place, a list, or a dictionary, whose values
    /// count in the order of their names, and these within each other.
    private func ends(
        _ key: String
    ) throws(ConfigurationError) -> (ends: [LayerOutput], form: Model.Structure.Form) {
        var result: [LayerOutput] = []
        let form = try end(configuration.config[key] ?? .null, key, into: &result)
        return (result, form)
    }

    private func end(
        _ value: JSONValue, _ key: String, into result: inout [LayerOutput]
    ) throws(ConfigurationError) -> Model.Structure.Form {
        if let members = value.members, !members.isEmpty {
            let sorted = members.sorted { $0.key < $1.key }
            var forms: [Model.Structure.Form] = []
            for member in sorted { forms.append(try end(member.value, key, into: &result)) }
            return .names(sorted.map(\.key), forms)
        }
        guard let items = value.arrayValue, !items.isEmpty else { throw malformed(value) }
        guard items[0].stringValue == nil else {
            result.append(try place(value, key))
            return .one
        }
        var forms: [Model.Structure.Form] = []
        for item in items { forms.append(try end(item, key, into: &result)) }
        return .list(forms)
    }

    private func place(_ value: JSONValue, _ key: String) throws(ConfigurationError) -> LayerOutput {
        guard let place = CallArguments.Place(value) else { throw malformed(value) }
        // Keras counts the calls of a Functional model from 1 here, and from 0 everywhere else.
        let call = place.call - (functionals.contains(place.layer) ? 1 : 0)
        guard let known = outputs[place.layer], known.indices.contains(call), place.output < known[call].count else {
            throw ConfigurationError(
                "model \(configuration.path): \(key) names \"\(place.layer)\", which is not in the model")
        }
        return known[call][place.output]
    }

    private func malformed(_ value: JSONValue) -> ConfigurationError {
        ConfigurationError("config.json: \(value.text()), expected [name, node, tensor]")
    }
}
