import Engine
import Memory

/// What happens in one step of a recurrent layer: inputs and states give an output and new states.
///
/// Called with (batch, in) a cell does one step; its outputs are the output and the new states. `RNN` calls it with whole
/// sequences (batch, time, in), where the first output has the outputs of all steps.
public class RNNCell: Layer {
    /// The extents of the states.
    public var stateSizes: [Int] { preconditionFailure("\(kind): overrides no stateSizes") }

    /// Which of the states is the output.
    var outputState: Int { 0 }

    /// The extent of the output.
    public var outputSize: Int { stateSizes[outputState] }

    /// A new cell with the same options.
    func copied() -> RNNCell { preconditionFailure("\(kind): overrides no copied()") }

    /// The outputs of all steps, then the last states.
    ///
    /// - Parameters:
    ///   - inputs: (batch, time, in).
    ///   - states: in front of the first step; none for zeros.
    func run(_ inputs: Tensor, _ states: [Tensor], _ walk: SequenceWalk, _ context: LayerContext) -> [Tensor] {
        preconditionFailure("\(kind): overrides no run")
    }

    override public var inputArguments: [String] { ["inputs", "states"] }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        guard let first = inputs.first, first.rank == 1, inputs.dropFirst().map({ $0 }) == stateSizes.map({ [$0] })
        else { throw error("the inputs have shapes \(inputs), expected one axis, and states of sizes \(stateSizes)") }
        return [[outputSize]] + stateSizes.map { [$0] }
    }

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        let states = Array(inputs.dropFirst())
        if inputs[0].shape.rank == 3 { return run(inputs[0], states, SequenceWalk(context), context) }
        let step = inputs[0].reshaped([inputs[0].shape[0], 1, inputs[0].shape[1]])
        var results = run(step, states, SequenceWalk(), context)
        results[0] = results[0].reshaped([results[0].shape[0], outputSize])
        return results
    }
}

/// How a cell goes over a sequence.
struct SequenceWalk {
    var goBackwards = false
    var zeroOutputForMask = false
    /// (batch, time), 0 where a step is skipped.
    var mask: Tensor?

    init() {}

    /// As the layer around the cell says.
    init(_ context: LayerContext) {
        goBackwards = context.argument("go_backwards")?.truth ?? false
        zeroOutputForMask = context.argument("zero_output_for_mask")?.truth ?? false
        mask = context.masks.first ?? nil
    }

    /// The arguments that `init(_:)` reads.
    static func arguments(goBackwards: Bool, zeroOutputForMask: Bool) -> [CallArgument] {
        [
            CallArgument("go_backwards", .bool(goBackwards)),
            CallArgument("zero_output_for_mask", .bool(zeroOutputForMask)),
        ]
    }
}
