import Engine
import Memory

/// What happens in one step of a recurrent layer: inputs and states give an output and new states.
///
/// A cell of one's own overrides `stateSizes`, `parameters(for:)` and `call(_:_:)`, which does one step: of (batch, in) and
/// the states (batch, size) it makes the output (batch, `outputSize`) and the new states. `RNN` calls it for every step of a
/// sequence.
///
///     final class Leaky: RNNCell {
///         override var stateSizes: [Int] { [8] }
///         override func parameters(for input: Shape) -> [ParameterSpecification] {
///             [ParameterSpecification("kernel", [input.last, 8], .glorotUniform)]
///         }
///         override func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
///             let state = inputs[1] * 0.9 + inputs[0].matrixProduct(context.parameters[0]).tanh()
///             return [state, state]
///         }
///     }
///     RNN(Leaky(), SequenceOptions(returnSequences: true))
open class RNNCell: Layer {
    /// The extents of the states.
    open var stateSizes: [Int] { preconditionFailure("\(kind): overrides no stateSizes") }

    /// Which of the states is the output too; nil where none need be.
    var outputState: Int? { nil }

    /// The extent of the output, by default that of the first state.
    open var outputSize: Int { stateSizes[outputState ?? 0] }

    /// A new cell with the same options, for the other direction of `Bidirectional`.
    open func copied() -> RNNCell {
        preconditionFailure("\(kind): overrides no copied(), which Bidirectional needs where it is given one layer")
    }

    /// The outputs of all steps, then the last states.
    ///
    /// - Parameters:
    ///   - inputs: (batch, time, in).
    ///   - states: in front of the first step; none for zeros.
    func run(_ inputs: Tensor, _ states: [Tensor], _ walk: SequenceWalk, _ context: LayerContext) -> [Tensor] {
        let (batch, time, width) = (inputs.shape[0], inputs.shape[1], inputs.shape[2])
        func zeros(_ size: Int) -> Tensor {
            inputs.graph.constant(0, shape: [batch, size]).casted(to: inputs.type.scalar)
        }
        var states = states.isEmpty ? stateSizes.map(zeros) : states
        var outputs: [Tensor] = []
        for number in 0..<time {
            let place = walk.goBackwards ? time - 1 - number : number
            let step = inputs.sliced(axis: 1, place..<place + 1).reshaped([batch, width])
            let results = call([step] + states, context)
            let shapes = ([outputSize] + stateSizes).map { [batch, $0] as Shape }
            precondition(
                results.map(\.shape) == shapes, "\(kind): a step gives \(results.map(\.shape)), expected \(shapes)")
            var (output, next) = (results[0], Array(results.dropFirst()))
            if let mask = walk.mask {
                let isTaken = mask.sliced(axis: 1, place..<place + 1)
                let skipped = walk.zeroOutputForMask ? nil : outputs.last
                output = .select(isTaken, output, skipped?.reshaped(output.shape) ?? zeros(outputSize))
                next = zip(next, states).map { .select(isTaken, $0, $1) }
            }
            outputs.append(output.reshaped([batch, 1, outputSize]))
            states = next
        }
        return [.concatenate(outputs, axis: 1)] + states
    }

    override public final var inputArguments: [String] { ["inputs", "states"] }

    override open func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        guard let first = inputs.first, first.rank == 1, inputs.dropFirst().map({ $0 }) == stateSizes.map({ [$0] })
        else { throw error("the inputs have shapes \(inputs), expected one axis, and states of sizes \(stateSizes)") }
        return [[outputSize]] + stateSizes.map { [$0] }
    }

    /// Whole sequences go through `run`, single steps through `call`.
    override final func traced(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        guard inputs[0].shape.rank == 3 else { return call(inputs, context) }
        return run(inputs[0], Array(inputs.dropFirst()), SequenceWalk(context), context)
    }

    /// A step as a sequence of one.
    final func oneStep(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        let step = inputs[0].reshaped([inputs[0].shape[0], 1, inputs[0].shape[1]])
        var results = run(step, Array(inputs.dropFirst()), SequenceWalk(), context)
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
