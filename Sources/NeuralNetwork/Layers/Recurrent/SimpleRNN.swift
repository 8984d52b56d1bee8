import Engine
import Memory

/// A step of a simple recurrent layer: `h = activation(x kernel + h recurrentKernel + bias)`.
public final class SimpleRNNCell: UnitsCell {
    public init(_ units: Int, _ options: CellOptions = CellOptions(), name: String = "") {
        super.init(units: units, options: options, name: name)
    }

    override public func copied() -> RNNCell { SimpleRNNCell(units, options, name: name) }

    override func run(
        _ inputs: Tensor, _ states: [Tensor], _ walk: SequenceWalk, _ context: LayerContext
    ) -> [Tensor] {
        let weights = context.parameters
        let result = dropped(inputs, context).simpleRNN(
            kernel: weights[0], recurrentKernel: weights[1], bias: options.useBias ? weights[2] : nil,
            state: states.first, mask: walk.mask, recurrentFactors: recurrentFactors(inputs, context),
            options: recurrence(walk),
            functions: functions)
        return [result.outputs, result.state]
    }
}

/// A simple recurrent layer over sequences (batch, time, in).
public final class SimpleRNN: RNN {
    public convenience init(
        _ units: Int, activation: ActivationFunction = .tanh, useBias: Bool = true,
        kernel: WeightOptions = WeightOptions(.glorotUniform),
        recurrent: WeightOptions = WeightOptions(Initializer(kind: "Orthogonal")),
        bias: WeightOptions = WeightOptions(.zeros), dropout: Double = 0, recurrentDropout: Double = 0,
        returnSequences: Bool = false, returnState: Bool = false, goBackwards: Bool = false, stateful: Bool = false,
        unroll: Bool = false, zeroOutputForMask: Bool = false, name: String = ""
    ) {
        let options = CellOptions(
            activation: activation, useBias: useBias, kernel: kernel, recurrent: recurrent, bias: bias,
            dropout: dropout, recurrentDropout: recurrentDropout)
        self.init(
            SimpleRNNCell(units, options, name: "simple_rnn_cell"),
            SequenceOptions(
                returnSequences: returnSequences, returnState: returnState, goBackwards: goBackwards,
                stateful: stateful, unroll: unroll, zeroOutputForMask: zeroOutputForMask), name: name)
    }

    package init(_ cell: SimpleRNNCell, _ sequence: SequenceOptions, name: String = "") {
        super.init(cell: cell, sequence: sequence, name: name)
    }

    override func copied() -> RNN { SimpleRNN(cell.copied() as! SimpleRNNCell, sequence, name: name) }
}
