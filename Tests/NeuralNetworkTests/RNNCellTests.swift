import Engine
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// Cells of one's own, which `RNN` calls step by step.
@Suite struct RNNCellTests {
    /// What `SimpleRNNCell` is, written as a user would.
    private final class Plain: RNNCell {
        override var stateSizes: [Int] { [5] }

        override func parameters(for input: Shape) -> [ParameterSpecification] {
            [
                ParameterSpecification("kernel", [input.last, 5], .glorotUniform),
                ParameterSpecification("recurrent_kernel", [5, 5], .glorotUniform),
                ParameterSpecification("bias", [5], .zeros),
            ]
        }

        override func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
            let (kernel, recurrent, bias) = (context.parameters[0], context.parameters[1], context.parameters[2])
            let state = (inputs[0].matrixProduct(kernel) + inputs[1].matrixProduct(recurrent) + bias).tanh()
            return [state, state]
        }

        override func copied() -> RNNCell { Plain() }
    }

    /// An output that is no state, of another extent, and two states.
    private final class Summing: RNNCell {
        override var stateSizes: [Int] { [3, 3] }
        override var outputSize: Int { 1 }

        override func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
            let sum = inputs[1] + inputs[0]
            return [(sum * inputs[2]).sum(axes: [1], keepDimensions: true), sum, inputs[2] + 1]
        }
    }

    private static let options = [
        SequenceOptions(), SequenceOptions(returnSequences: true, returnState: true),
        SequenceOptions(returnSequences: true, goBackwards: true),
        SequenceOptions(returnSequences: true, returnState: true, goBackwards: true, zeroOutputForMask: true),
        SequenceOptions(zeroOutputForMask: true),
    ]

    private func expectEqual(_ one: LayerRun, _ other: LayerRun) {
        #expect(one.shapes == other.shapes)
        for (left, right) in zip(one.outputs + one.gradients, other.outputs + other.gradients) {
            #expect(distance(left, right) < 1e-5)
        }
        #expect(one.disagreement < 1e-5)
    }

    @Test(arguments: options.indices, [false, true])
    func `a cell of one's own is called for every step, as the layer's own is`(_ index: Int, _ isMasked: Bool) throws {
        let x = TestTensor([3, 4, 2])
        let mask: TestTensor? = isMasked ? TestTensor([3, 4], [1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0]) : nil
        let options = Self.options[index]
        expectEqual(
            try LayerRun(RNN(Plain(), options), [x], masks: [mask]),
            try LayerRun(RNN(SimpleRNNCell(5), options), [x], masks: [mask]))
    }

    @Test func `a cell of one's own among others, in both directions, and from given states`() throws {
        let (x, state) = (TestTensor([3, 4, 2]), TestTensor([3, 5], phase: 0.7))
        expectEqual(
            try LayerRun(RNN([LSTMCell(2), Plain()]), [x]), try LayerRun(RNN([LSTMCell(2), SimpleRNNCell(5)]), [x]))
        expectEqual(
            try LayerRun(Bidirectional(RNN(Plain())), [x]), try LayerRun(Bidirectional(RNN(SimpleRNNCell(5))), [x]))
        expectEqual(
            try LayerRun(RNN(Plain()), [x, state]), try LayerRun(RNN(SimpleRNNCell(5)), [x, state]))
        let step = TestTensor([3, 2])
        expectEqual(try LayerRun(Plain(), [step, state]), try LayerRun(SimpleRNNCell(5), [step, state]))
    }

    @Test func `an output that is no state`() throws {
        let x = TestTensor(counting: [1, 2, 3])
        let last = try LayerRun(RNN(Summing(), SequenceOptions(returnState: true)), [x])
        // The second step: (1 + 4, 2 + 5, 3 + 6), times the one step before it.
        #expect(last.outputs == [[21], [5, 7, 9], [2, 2, 2]])
        #expect(last.shapes == [[1, 1], [1, 3], [1, 3]])
        let all = try LayerRun(RNN(Summing(), SequenceOptions(returnSequences: true)), [x])
        #expect(all.shapes == [[1, 2, 1]] && all.output == [0, 21])
        let masked = try LayerRun(RNN(Summing()), [x], masks: [TestTensor([1, 2], [1, 0])])
        #expect(masked.output == [0])
    }

    @Test func `activations that change the shape are refused`() {
        for layer in [LSTM(4, activation: .glu), GRU(4, recurrentActivation: .glu), SimpleRNN(4, activation: .glu)] {
            #expect(refusal(layer, [3, 2])?.contains("activation glu changes the shape") == true)
        }
    }
}
