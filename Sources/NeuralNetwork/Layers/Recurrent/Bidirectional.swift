import Engine
import Memory

/// A recurrent layer from the first step to the last, and another one from the last to the first.
public final class Bidirectional: Layer {
    /// What becomes of the two outputs.
    public enum MergeMode: String, Sendable, CaseIterable {
        case sum, mul, concat, ave
        /// Both are outputs: Keras's `None`.
        case none
    }

    public let forwardLayer: RNN
    public let backwardLayer: RNN
    public let mergeMode: MergeMode

    /// - Parameters:
    ///   - layer: its options count; it gets the name `forward_…`.
    ///   - backwardLayer: by default a copy of `layer` in the other direction.
    public init(_ layer: RNN, mergeMode: MergeMode = .concat, backwardLayer: RNN? = nil, name: String = "") {
        func named(_ prefix: String) -> String {
            let own = layer.name.isEmpty ? layer.stem : layer.name
            return own.hasPrefix(prefix) ? own : prefix + own
        }
        var backward = backwardLayer
        if backward == nil {
            let copy = layer.copied()
            copy.sequence.goBackwards = true
            copy.name = named("backward_")
            copy.isTrainable = layer.isTrainable
            copy.policy = layer.policy
            copy.activityRegularizer = layer.activityRegularizer
            backward = copy
        }
        let other = backward!
        precondition(
            layer.sequence.goBackwards != other.sequence.goBackwards,
            "Bidirectional: both layers go in one direction, expected different go_backwards")
        precondition(
            layer.sequence.stateful == other.sequence.stateful
                && layer.sequence.returnSequences == other.sequence.returnSequences
                && layer.sequence.returnState == other.sequence.returnState,
            "Bidirectional: stateful, return_sequences and return_state of both layers must be equal")
        layer.name = named("forward_")
        // As in Keras, so that sums and products of both have no repeated outputs.
        layer.sequence.zeroOutputForMask = layer.sequence.returnSequences
        other.sequence.zeroOutputForMask = other.sequence.returnSequences
        forwardLayer = layer
        self.backwardLayer = other
        self.mergeMode = mergeMode
        super.init(name: name)
    }

    private var sequence: SequenceOptions { forwardLayer.sequence }

    override public var supportsMasking: Bool { true }

    override public var inputArguments: [String] { ["sequences", "initial_state"] }

    override public func outputShapes(
        of inputs: [Shape], arguments: [CallArgument], batchSize: Int?
    ) throws(ModelError) -> [Shape] {
        let halves = halves(inputs)
        let forward = try forwardLayer.outputShapes(of: halves.0, arguments: [], batchSize: batchSize)
        let backward = try backwardLayer.outputShapes(of: halves.1, arguments: [], batchSize: batchSize)
        let (left, right) = (forward[0], backward[0])
        let merged: [Shape]
        switch mergeMode {
        case .none: merged = [left, right]
        case .concat: merged = [Shape(left.dimensions.dropLast() + [left.last + right.last])]
        case .sum, .mul, .ave:
            guard left == right else {
                throw error("the outputs of both directions have shapes \(left) and \(right), expected equal ones")
            }
            merged = [left]
        }
        return merged + forward.dropFirst() + backward.dropFirst()
    }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        try outputShapes(of: inputs, arguments: [], batchSize: forwardLayer.batchSize)
    }

    override public func sublayers(for inputs: [Shape]) -> [Sublayer] {
        [
            Sublayer("forward_layer", forwardLayer, inputs: [inputs[0]]),
            Sublayer("backward_layer", backwardLayer, inputs: [inputs[0]]),
        ]
    }

    /// The inputs of both layers: the sequence, and the halves of the states.
    private func halves<Element>(_ inputs: [Element]) -> ([Element], [Element]) {
        let states = inputs.dropFirst()
        let half = states.count / 2
        return (Array(inputs.prefix(1) + states.prefix(half)), Array(inputs.prefix(1) + states.dropFirst(half)))
    }

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        let mask = inputs.count == 1 ? context.masks.first ?? nil : context.keywords["mask"]?.first
        let halves = halves(inputs)
        func run(_ layer: RNN, _ inputs: [Tensor]) -> [Tensor] {
            context.callWithMasks(
                layer, inputs, masks: inputs.indices.map { $0 == 0 ? mask : nil },
                keywords: mask.map { ["mask": [$0]] } ?? [:]
            ).outputs
        }
        let (forward, backward) = (run(forwardLayer, halves.0), run(backwardLayer, halves.1))
        func output(_ tensor: Tensor) -> Tensor { tensor.casted(to: policy.computeType) }
        let left = output(forward[0])
        let right = output(sequence.returnSequences ? backward[0].reversed(axis: 1) : backward[0])
        let merged: [Tensor] =
            switch mergeMode {
            case .none: [left, right]
            case .concat: [.concatenate([left, right], axis: -1)]
            case .sum: [left + right]
            case .mul: [left * right]
            case .ave: [(left + right) / 2]
            }
        return merged + forward.dropFirst() + backward.dropFirst()
    }

    override public func outputMasks(
        _ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext
    ) -> [Tensor?] {
        let mask = sequence.returnSequences ? context.masks.first ?? nil : nil
        let merged = mergeMode == .none ? 2 : 1
        return outputs.indices.map { $0 < merged ? mask : nil }
    }
}
