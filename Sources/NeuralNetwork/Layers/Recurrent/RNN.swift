import Engine
import Memory

/// How a recurrent layer goes over its sequence, and what it gives.
public struct SequenceOptions: Sendable, Equatable {
    /// Whether the output has all steps, or the last one alone.
    public var returnSequences = false
    /// Whether the last states are outputs, too.
    public var returnState = false
    /// From the last step to the first; outputs are in the order in which they were computed.
    public var goBackwards = false
    /// Whether a batch begins with the states in which the one before it ended; needs a fixed batch size.
    public var stateful = false
    /// Kept for files: it has no effect here.
    public var unroll = false
    /// Whether the output of a masked step is zero; else it repeats the one before.
    public var zeroOutputForMask = false

    public init(
        returnSequences: Bool = false, returnState: Bool = false, goBackwards: Bool = false, stateful: Bool = false,
        unroll: Bool = false, zeroOutputForMask: Bool = false
    ) {
        self.returnSequences = returnSequences
        self.returnState = returnState
        self.goBackwards = goBackwards
        self.stateful = stateful
        self.unroll = unroll
        self.zeroOutputForMask = zeroOutputForMask
    }
}

/// A recurrent cell over sequences (batch, time, in).
///
/// Masked steps are skipped: states stay. As in Keras, a call with `initial_state` ignores the mask that comes with the
/// sequence; one that is given as `mask` counts.
public class RNN: Layer {
    public let cell: RNNCell
    public internal(set) var sequence: SequenceOptions
    /// The rows of every batch, where states are kept from batch to batch.
    var batchSize: Int?

    public convenience init(_ cell: RNNCell, _ sequence: SequenceOptions = SequenceOptions(), name: String = "") {
        self.init(cell: cell, sequence: sequence, name: name)
    }

    /// Several cells, one behind the other.
    public convenience init(_ cells: [RNNCell], _ sequence: SequenceOptions = SequenceOptions(), name: String = "") {
        self.init(cell: StackedRNNCells(cells), sequence: sequence, name: name)
    }

    init(cell: RNNCell, sequence: SequenceOptions, name: String) {
        self.cell = cell
        self.sequence = sequence
        super.init(name: name)
    }

    /// A new layer with the same options.
    func copied() -> RNN { RNN(cell: cell.copied(), sequence: sequence, name: name) }

    override public var policy: DTypePolicy { didSet { cell.policy = policy } }

    override public var supportsMasking: Bool { true }

    override public var inputArguments: [String] { ["sequences", "initial_state"] }

    override public func outputShapes(
        of inputs: [Shape], arguments: [CallArgument], batchSize: Int?
    ) throws(ModelError) -> [Shape] {
        if sequence.stateful {
            guard let batchSize else {
                throw error("stateful needs batches of one size: give the input a batchSize (batch_shape in Keras)")
            }
            self.batchSize = batchSize
        }
        return try outputShapes(of: inputs)
    }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        guard let first = inputs.first, first.rank == 2 else {
            throw error("the input has shape \(inputs.first ?? []), expected (time, features)")
        }
        let states = cell.stateSizes.map { [$0] as Shape }
        guard inputs.count == 1 || Array(inputs.dropFirst()) == states else {
            throw error("initial_state has shapes \(Array(inputs.dropFirst())), expected \(states)")
        }
        _ = try cell.outputShapes(of: [[first[1]]] + states)
        guard !sequence.stateful || batchSize != nil else {
            throw error("stateful needs batches of one size, which the layer around it does not tell")
        }
        let output: Shape = sequence.returnSequences ? [first[0], cell.outputSize] : [cell.outputSize]
        return [output] + (sequence.returnState ? states : [])
    }

    override public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
        guard sequence.stateful, let batchSize else { return [] }
        return cell.stateSizes.map {
            ParameterSpecification("rnn_state", [batchSize, $0], .zeros, isTrainable: false, isStored: false)
        }
    }

    override public func sublayers(for inputs: [Shape]) -> [Sublayer] {
        [Sublayer("cell", cell, inputs: [[inputs[0].last]])]
    }

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        let mask = inputs.count == 1 ? context.masks.first ?? nil : context.keywords["mask"]?.first
        var states = Array(inputs.dropFirst())
        if states.isEmpty && sequence.stateful { states = context.parameters }
        let results = context.callWithMasks(
            cell, [inputs[0]] + states, masks: [mask] + states.map { _ in nil },
            arguments: SequenceWalk.arguments(
                goBackwards: sequence.goBackwards, zeroOutputForMask: sequence.zeroOutputForMask)
        ).outputs
        let (outputs, finals) = (results[0], Array(results.dropFirst()))
        if sequence.stateful {
            for (index, state) in finals.enumerated() { context.update(index, to: state.casted(to: .float32)) }
        }
        var output = outputs
        if !sequence.returnSequences {
            let time = outputs.shape[1]
            if let state = cell.outputState, mask == nil || !sequence.zeroOutputForMask {
                output = finals[state]
            } else {
                output = outputs.sliced(axis: 1, time - 1..<time).reshaped([outputs.shape[0], cell.outputSize])
            }
        }
        return [output] + (sequence.returnState ? finals : [])
    }

    override public func outputMasks(
        _ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext
    ) -> [Tensor?] {
        let mask = sequence.returnSequences ? context.masks.first ?? nil : nil
        return outputs.indices.map { $0 == 0 ? mask : nil }
    }
}
