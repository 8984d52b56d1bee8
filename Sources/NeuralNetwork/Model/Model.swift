import Engine
import Memory

/// Layers, how they are connected, and their parameters.
public final class Model {
    /// How the model was written down; Keras keeps the two apart.
    public enum Form: Sendable {
        case sequential, functional
    }

    /// One parameter of the model: index `i` here is index `i` of the parameter store.
    package struct Parameter {
        package let layer: any Layer
        package let specification: ParameterSpecification
        /// Whether the optimizer changes it.
        package var isTrainable: Bool { layer.isTrainable && specification.isTrainable }
    }

    public let name: String
    public let form: Form
    public let inputs: [ModelInput]
    package let outputs: [LayerOutput]
    /// All layers in Keras's order, each once.
    public let layers: [any Layer]
    /// Every use of a layer, each after the uses that it reads from.
    package let calls: [LayerCall]
    package let parameters: [Parameter]
    package let store: ParameterStore
    package let ledger: MemoryLedger
    /// What training needs: set by `compile` or by a file's compile configuration.
    public package(set) var compilation: Compilation?
    /// Why a file's compile configuration could not be used, for the error of a `fit` without `compile`.
    package var compilationProblem: String?
    /// Chooses the masks of dropout. `fit` sets it to its own seed.
    public var seed: UInt64 = 0
    /// Updates that the optimizer has made.
    public package(set) var iterations = 0
    /// Plans and running state of `Training`; made at the first use, dropped by `compile`.
    package var session: AnyObject?

    private let firstParameter: [ObjectIdentifier: Int]

    /// A model from its inputs to its outputs.
    ///
    /// - Parameter seed: chooses the first weights.
    /// - Throws: `ModelError` when outputs do not come from the inputs, names repeat, or an initializer is unknown.
    public convenience init(
        inputs: [LayerOutput], outputs: [LayerOutput], name: String = "functional", seed: UInt64 = 0
    ) throws(ModelError) {
        try self.init(form: .functional, inputs: inputs, outputs: outputs, name: name, weights: .drawn(seed: seed))
    }

    /// Where the first weights come from.
    package enum FirstWeights {
        /// From the initializers.
        case drawn(seed: UInt64)
        /// From a file, which the caller reads next; zeros until then.
        case loaded
    }

    package init(
        form: Form, inputs: [LayerOutput], outputs: [LayerOutput], name: String, weights: FirstWeights,
        ledger: MemoryLedger = MemoryLedger()
    ) throws(ModelError) {
        self.form = form
        self.name = name
        self.outputs = outputs
        self.ledger = ledger
        self.inputs = try inputs.map { input throws(ModelError) in
            guard case .input(let input) = input.origin else {
                throw ModelError("model \"\(name)\": an input is the output of a layer, expected Input(…)")
            }
            return input
        }
        let order = try LayerOrder(from: self.inputs, to: outputs, model: name)
        calls = order.calls
        let layers = order.layers
        self.layers = layers
        try Self.nameLayers(layers, self.inputs, model: name)

        var parameters: [Parameter] = []
        var first: [ObjectIdentifier: Int] = [:]
        for call in layers.flatMap({ layer in order.calls.filter { $0.layer === layer } }) {
            let specifications = call.layer.parameters(for: call.input.shape)
            if let known = first[ObjectIdentifier(call.layer)] {
                for (offset, specification) in specifications.enumerated()
                where specification.shape != parameters[known + offset].specification.shape {
                    throw call.layer.error(
                        "shared by inputs of different shapes: \(specification.name) would be \(specification.shape) and "
                            + "\(parameters[known + offset].specification.shape)")
                }
                continue
            }
            first[ObjectIdentifier(call.layer)] = parameters.count
            parameters += specifications.map { Parameter(layer: call.layer, specification: $0) }
        }
        self.parameters = parameters
        firstParameter = first
        store = ParameterStore(
            parameters.map {
                ("\($0.layer.name)/\($0.specification.name)", $0.specification.shape, $0.isTrainable)
            },
            ledger: ledger)
        if case .drawn(let seed) = weights {
            for (index, parameter) in parameters.enumerated() {
                let values = try parameter.specification.initializer.values(
                    for: parameter.specification.shape, seed: seed, stream: UInt64(index))
                setWeights(values, at: index)
            }
        }
    }

    /// The number of numbers in all parameters.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.specification.shape.elementCount } }

    /// The index of a layer's first parameter in the store.
    package func firstParameter(of layer: any Layer) -> Int { firstParameter[ObjectIdentifier(layer)]! }

    /// Lets the store follow the layers' `isTrainable`. Returns whether anything changed.
    package func followTrainableFlags() -> Bool {
        var changed = false
        for index in parameters.indices {
            let isTrainable = parameters[index].isTrainable
            if store.isTrainable(index) != isTrainable {
                store.setTrainable(isTrainable, at: index)
                changed = true
            }
        }
        return changed
    }

    /// The values of a parameter, row-major.
    package func weights(at index: Int) -> [Float] {
        do { return try store.read(index) } catch { preconditionFailure("\(error)") }
    }

    /// Replaces the values of a parameter by others, row-major.
    package func setWeights(_ values: [Float], at index: Int) {
        do { try store.write(values, to: index) } catch { preconditionFailure("\(error)") }
    }

    /// The values of an optimizer slot of a parameter, row-major.
    package func slot(_ slot: Int, at index: Int) -> [Float] {
        do { return try store.read(index, from: .slot(slot)) } catch { preconditionFailure("\(error)") }
    }

    /// Replaces the values of an optimizer slot of a parameter by others, row-major.
    package func setSlot(_ values: [Float], _ slot: Int, at index: Int) {
        do { try store.write(values, to: index, in: .slot(slot)) } catch { preconditionFailure("\(error)") }
    }

    /// The values of all parameters by layer, each row-major with its shape: Keras's `get_weights`.
    public var weights: [(name: String, shape: Shape, values: [Float])] {
        parameters.indices.map { (store.entries[$0].name, parameters[$0].specification.shape, weights(at: $0)) }
    }

    /// Gives nameless layers Keras's names (`dense`, `dense_1`, …) and refuses repeated ones.
    private static func nameLayers(
        _ layers: [any Layer], _ inputs: [ModelInput], model: String
    ) throws(ModelError) {
        var taken: Set<String> = []
        for name in inputs.map(\.name) + layers.map(\.name) where !name.isEmpty {
            guard taken.insert(name).inserted else {
                throw ModelError("model \"\(model)\": the name \"\(name)\" is used twice; names of layers must differ")
            }
        }
        func unused(_ stem: String) -> String {
            var candidate = stem
            var count = 0
            while !taken.insert(candidate).inserted {
                count += 1
                candidate = "\(stem)_\(count)"
            }
            return candidate
        }
        for input in inputs where input.name.isEmpty { input.name = unused("input_layer") }
        for layer in layers where layer.name.isEmpty { layer.name = unused(snakeCase(type(of: layer).kind)) }
    }
}

/// Keras's `to_snake_case`: `MaxPooling2D` gives `max_pooling2d`, `ReLU` gives `re_lu`.
package func snakeCase(_ name: String) -> String {
    let characters = Array(name)
    var result = ""
    for (index, character) in characters.enumerated() {
        if index > 0, character.isUppercase {
            let previous = characters[index - 1]
            let next = index + 1 < characters.count ? characters[index + 1] : nil
            // Between a word and the next one, and before the last capital of a run that begins a word.
            if previous.isLowercase || (previous.isUppercase || previous.isNumber) && next?.isLowercase == true {
                result += "_"
            }
        }
        result += character.lowercased()
    }
    return result
}
