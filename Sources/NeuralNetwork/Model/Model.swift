import Augmentation
import Engine
import Memory

/// Layers, how they are connected, and their parameters.
///
/// A model is a layer, too: it may be part of other models, which then train its layers.
public final class Model: Layer {
    /// How the model was written down; Keras keeps the two apart.
    public enum Form: Sendable {
        case sequential, functional
    }

    package typealias Parameter = ParameterRegistry.Parameter

    public let form: Form
    public let inputs: [ModelInput]
    package let outputs: [LayerOutput]
    /// Names of the inputs and outputs where Keras has dictionaries of them.
    package let structure: Structure
    /// All layers in Keras's order, each once.
    public let layers: [Layer]
    /// Every use of a layer, each after the uses that it reads from.
    package let calls: [LayerCall]
    package let registry: ParameterRegistry
    package let ledger: MemoryLedger
    /// Memory for the parameters; made at the first use where the model is part of another one in a file.
    package private(set) lazy var store = makeStore()
    /// What training needs: set by `compile` or by a file's compile configuration.
    public package(set) var compilation: Compilation?
    /// What random layers at the inputs do, or why they cannot be trained, where no axis is open.
    private(set) lazy var augmentations = Result { () throws(ModelError) in try inputAugmentations() }
    /// The same for the last shapes of rows of open axes.
    var openAugmentations: (shapes: [Shape], result: Result<[AugmentationSpec?], ModelError>)?
    /// Why a file's compile configuration could not be used, for the error of a `fit` without `compile`.
    package var compilationProblem: String?
    /// What a file's compile configuration could be used without: why the optimizer begins anew. `fit` tells callbacks, once.
    public package(set) var optimizerNote: String?
    /// Chooses the masks of dropout. `fit` sets it to its own seed.
    public var seed: UInt64 = 0
    /// Updates that the optimizer has made.
    public package(set) var iterations = 0
    /// Plans and running state of `Training`; made at the first use, dropped by `compile`.
    package var session: AnyObject?
    /// Whether a model that this one becomes part of may name it.
    private(set) var hasDefaultName: Bool

    /// A model from its inputs to its outputs.
    ///
    /// - Parameter seed: chooses the first weights.
    /// - Throws: `ModelError` when outputs do not come from the inputs, names repeat, or an initializer is unknown.
    public convenience init(
        inputs: [LayerOutput], outputs: [LayerOutput], name: String = "", seed: UInt64 = 0
    ) throws(ModelError) {
        try self.init(form: .functional, inputs: inputs, outputs: outputs, name: name, weights: .drawn(seed: seed))
    }

    /// Where the first weights come from.
    package enum FirstWeights {
        /// From layers that have weights in another model, else from the initializers.
        case drawn(seed: UInt64)
        /// From a file, which the caller reads next; zeros until then.
        case loaded
    }

    /// How Keras has the inputs and the outputs: one, a list, or a dictionary, and these within each other.
    package struct Structure: Sendable, Equatable {
        package indirect enum Form: Sendable, Equatable {
            /// One, or a list where there are several.
            case automatic
            case one
            case list([Form])
            /// A dictionary, whose values count in the order of its names.
            case names([String], [Form])
        }
        package var inputs = Form.automatic
        package var outputs = Form.automatic

        package init(inputs: Form = .automatic, outputs: Form = .automatic) {
            self.inputs = inputs
            self.outputs = outputs
        }
    }

    package init(
        form: Form, inputs: [LayerOutput], outputs: [LayerOutput], name: String, structure: Structure = Structure(),
        weights: FirstWeights, ledger: MemoryLedger = MemoryLedger()
    ) throws(ModelError) {
        self.form = form
        hasDefaultName = name.isEmpty
        let name = name.isEmpty ? (form == .sequential ? "sequential" : "functional") : name
        self.outputs = outputs
        self.structure = structure
        self.ledger = ledger
        self.inputs = try inputs.map { input throws(ModelError) in
            guard case .input(let input) = input.origin else {
                throw ModelError("model \"\(name)\": an input is the output of a layer, expected Input(…)")
            }
            return input
        }
        let order = try LayerOrder(from: self.inputs, to: outputs, model: name)
        calls = order.calls
        layers = order.layers
        try Self.nameLayers(order.layers, self.inputs, model: name)
        var registry = ParameterRegistry()
        // Layers in Keras's order; every use of a shared one is checked.
        for layer in order.layers {
            for call in order.calls where call.layer === layer {
                try registry.register(layer, inputs: call.inputs.map(\.shape), path: layer.name)
            }
        }
        self.registry = registry
        super.init(name: name)
        if case .drawn(let seed) = weights { try drawWeights(seed: seed) }
    }

    /// Raised when constants of layers have changed, which plans hold.
    package var constantsVersion = 0

    override public var kind: String { form == .sequential ? "Sequential" : "Functional" }

    override public var autocast: Bool { false }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        try outputShapes(at: inputs)
    }

    override public func outputTypes(of inputs: [ScalarType]) -> [ScalarType] { outputs.map(\.type) }

    override func masked(_ inputs: [Tensor], _ context: LayerContext) -> (outputs: [Tensor], masks: [Tensor?]) {
        run(inputs, context)
    }

    override public func sublayers(for inputs: [Shape]) -> [Sublayer] {
        groupedLayers.map { Sublayer($0.group, $0.layer, inputs: firstInputs(of: $0.layer)) }
    }

    /// Memory with the weights that layers have already.
    private func makeStore() -> ParameterStore {
        let store = ParameterStore(
            parameters.map { ($0.path, $0.specification.shape, $0.isTrainable) }, ledger: ledger)
        for (index, parameter) in parameters.enumerated() {
            guard let home = parameter.layer.home?.model, home !== self else { continue }
            let position = index - registry.range(of: parameter.layer).lowerBound
            let values = home.weights(at: home.registry.range(of: parameter.layer).lowerBound + position)
            do { try store.write(values, to: index) } catch { preconditionFailure("\(error)") }
        }
        return store
    }

    /// Weights of layers that have none yet, from their initializers.
    ///
    /// - Throws: when an initializer is not one of those that are known.
    package func drawWeights(seed: UInt64) throws(ModelError) {
        for (index, parameter) in parameters.enumerated() where parameter.layer.home?.model == nil {
            setWeights(
                try parameter.specification.initializer.values(
                    for: parameter.specification.shape, seed: seed, stream: UInt64(index)), at: index)
        }
        // Also where all layers had weights: they are copied now, not when the other model has changed them.
        _ = store
        ownLayers()
    }

    /// Makes this model the one whose weights count when its layers become part of another one.
    package func ownLayers() {
        for parameter in parameters { parameter.layer.home = LayerHome(self) }
    }

    /// The types in which all layers compute: `.mixedBFloat16` is Keras's policy of that name. Parameters stay float32, and so
    /// do losses, normalizations' statistics and the optimizer.
    ///
    /// To be set before the model is used; it is saved with it.
    public func setPolicy(_ policy: DTypePolicy) { for layer in allLayers { layer.policy = policy } }

    /// All layers, also those within layers, each once.
    package var allLayers: [Layer] {
        var seen: Set<ObjectIdentifier> = []
        var result: [Layer] = []
        func visit(_ layer: Layer, _ inputs: [Shape]) {
            guard seen.insert(ObjectIdentifier(layer)).inserted else { return }
            result.append(layer)
            for sublayer in layer.sublayers(for: inputs) { visit(sublayer.layer, sublayer.inputs) }
        }
        for layer in layers { visit(layer, firstInputs(of: layer)) }
        return result
    }

    /// All parameters: index `i` here is index `i` of the parameter store.
    package var parameters: [Parameter] { registry.parameters }

    /// The number of numbers in all parameters.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.specification.shape.elementCount } }

    /// The index of a layer's first parameter in the store.
    package func firstParameter(of layer: Layer) -> Int { registry.range(of: layer).lowerBound }

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

    /// Replaces the values of all parameters, in the order of `weights`: Keras's `set_weights`.
    ///
    /// - Throws: when there are more or fewer parameters, or one has another number of values.
    public func setWeights(_ values: [[Float]]) throws(ModelError) {
        let stored = storedParameters
        guard values.count == stored.count else {
            throw ModelError("model \"\(name)\": \(values.count) weights given, expected \(stored.count)")
        }
        for (index, values) in zip(stored, values) {
            let shape = parameters[index].specification.shape
            guard values.count == shape.elementCount else {
                throw ModelError(
                    "model \"\(name)\": \(parameters[index].path) given \(values.count) values, expected "
                        + "\(shape.elementCount) of shape \(shape)")
            }
        }
        for (index, values) in zip(stored, values) { setWeights(values, at: index) }
    }

    /// The parameters that are a model's weights: what layers remember from batch to batch is not.
    private var storedParameters: [Int] { parameters.indices.filter { parameters[$0].specification.isStored } }

    /// The values of all parameters by layer, each row-major with its shape: Keras's `get_weights`.
    public var weights: [(name: String, shape: Shape, values: [Float])] {
        storedParameters.map { (store.entries[$0].name, parameters[$0].specification.shape, weights(at: $0)) }
    }

    /// Zeros for what layers remember from batch to batch: Keras's `reset_state` of all stateful layers.
    public func resetStates() {
        for index in parameters.indices where !parameters[index].specification.isStored {
            setWeights(Array(repeating: 0, count: parameters[index].specification.shape.elementCount), at: index)
        }
    }

    /// Gives nameless layers Keras's names (`dense`, `dense_1`, …) and refuses repeated ones.
    private static func nameLayers(
        _ layers: [Layer], _ inputs: [ModelInput], model: String
    ) throws(ModelError) {
        func isNameless(_ layer: Layer) -> Bool {
            layer.name.isEmpty || (layer as? Model)?.hasDefaultName == true
        }
        var taken: Set<String> = []
        for name in inputs.map(\.name) + layers.filter({ !isNameless($0) }).map(\.name) where !name.isEmpty {
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
        for layer in layers where isNameless(layer) {
            layer.name = unused(layer.stem)
            (layer as? Model)?.hasDefaultName = false
        }
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
