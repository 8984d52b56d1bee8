import Memory

/// A value in a call of a layer: a tensor, a list, or a plain value.
public indirect enum CallValue {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case tensor(LayerOutput)
    case list([CallValue])
    case dictionary([(name: String, value: CallValue)])

    /// A plain number; nil for everything else.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// A list of tensors.
    public static func tensors(_ outputs: [LayerOutput]) -> CallValue { .list(outputs.map { .tensor($0) }) }

    /// All tensors, in the order in which Keras visits them: those of a dictionary by name.
    public var tensors: [LayerOutput] {
        switch self {
        case .tensor(let output): [output]
        case .list(let values): values.flatMap(\.tensors)
        case .dictionary(let members): members.sorted { $0.name < $1.name }.flatMap(\.value.tensors)
        default: []
        }
    }
}

extension CallValue {
    /// The tensors of a list, nil where it has none; otherwise all tensors.
    fileprivate var places: [LayerOutput?] {
        guard case .list(let values) = self, values.allSatisfy({ $0.tensors.count <= 1 }) else { return tensors }
        return values.map(\.tensors.first)
    }

    /// The truth of a plain argument; nil for everything else.
    public var truth: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
}

/// One argument of a call of a layer, as Keras writes it.
public struct CallArgument {
    /// Nil for a positional argument.
    public let name: String?
    public let value: CallValue

    public init(_ name: String?, _ value: CallValue) {
        self.name = name
        self.value = value
    }
}

/// One use of a layer.
package final class LayerCall {
    package let layer: Layer
    /// Everything that the layer is called with.
    package let arguments: [CallArgument]
    /// The tensors that the layer works on.
    package let inputs: [LayerOutput]
    /// Masks that were given, by input; nil where the input's own counts.
    package let masks: [LayerOutput?]
    /// Tensors of further arguments, by name.
    package let keywords: [(name: String, tensors: [LayerOutput])]
    /// Of one sample.
    package let outputShapes: [Shape]
    package let outputTypes: [ScalarType]
    /// The number of rows of every batch, if an input fixes it.
    package let batchSize: Int?

    /// A call that the layer accepts.
    init(layer: Layer, arguments: [CallArgument]) throws(ModelError) {
        self.layer = layer
        self.arguments = arguments
        let names = layer.inputArguments
        // The tensors of each input argument, wherever it stands in the call.
        var given = [[LayerOutput]](repeating: [], count: max(1, names.count))
        var masks: [String: [LayerOutput?]] = [:]
        var keywords: [(name: String, tensors: [LayerOutput])] = []
        for (position, argument) in arguments.enumerated() {
            let tensors = argument.value.tensors
            guard !tensors.isEmpty else { continue }
            let index = argument.name.map { name in names.firstIndex(of: name) } ?? min(position, given.count - 1)
            if let index {
                given[index] += tensors
            } else if let name = argument.name {
                if name == "mask" || name.hasSuffix("_mask") { masks[name] = argument.value.places }
                keywords.append((name, tensors))
            }
        }
        inputs = given.flatMap { $0 }
        self.keywords = keywords
        // `mask` counts for the inputs in order; `value_mask` for the argument `value`.
        var ofInputs: [LayerOutput?] = []
        for (index, tensors) in given.enumerated() {
            let own = index < names.count ? masks["\(names[index])_mask"] ?? [] : []
            for position in tensors.indices {
                let general = masks["mask"].flatMap { ofInputs.count < $0.count ? $0[ofInputs.count] : nil }
                ofInputs.append(position < own.count ? own[position] : general)
            }
        }
        self.masks = ofInputs
        batchSize = inputs.lazy.compactMap(\.batchSize).first
        let shapes = try layer.outputShapes(of: inputs.map(\.shape), arguments: arguments, batchSize: batchSize)
        for shape in shapes {
            guard shape.dimensions.allSatisfy({ $0 > 0 }) else {
                throw layer.error("the output would have shape \(shape); the input is too small for this layer")
            }
        }
        outputShapes = shapes
        let types = layer.outputTypes(of: inputs.map(\.type))
        outputTypes = shapes.indices.map { types[min($0, types.count - 1)] }
    }

    /// All tensors in the order in which Keras visits them: positional ones, then keywords by name.
    package var tensors: [LayerOutput] {
        let positional = arguments.filter { $0.name == nil }
        let named = arguments.filter { $0.name != nil }.sorted { $0.name! < $1.name! }
        return (positional + named).flatMap(\.value.tensors)
    }
}
