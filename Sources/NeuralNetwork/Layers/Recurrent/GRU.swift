import Engine
import Memory

/// A step of a gated recurrent unit: `h = z h + (1 − z) · candidate`, gates in the order z, r, h.
public final class GRUCell: UnitsCell {
    /// Whether the reset gate is applied behind the recurrent product; the bias is then (2, 3 · units).
    public let resetAfter: Bool

    public init(_ units: Int, _ options: CellOptions = CellOptions(), resetAfter: Bool = true, name: String = "") {
        self.resetAfter = resetAfter
        super.init(units: units, options: options, name: name)
    }

    override var gates: Int { 3 }
    override var biasShape: [Int] { resetAfter ? [2, gates * units] : [gates * units] }
    override public func copied() -> RNNCell { GRUCell(units, options, resetAfter: resetAfter, name: name) }

    override func run(
        _ inputs: Tensor, _ states: [Tensor], _ walk: SequenceWalk, _ context: LayerContext
    ) -> [Tensor] {
        let weights = context.parameters
        let result = dropped(inputs, context).gru(
            kernel: weights[0], recurrentKernel: weights[1], bias: options.useBias ? weights[2] : nil,
            state: states.first, resetAfter: resetAfter, mask: walk.mask,
            recurrentFactors: recurrentFactors(inputs, context), options: recurrence(walk),
            functions: functions)
        return [result.outputs, result.state]
    }
}

/// A gated recurrent unit over sequences (batch, time, in).
public final class GRU: RNN {
    public convenience init(
        _ units: Int, activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
        useBias: Bool = true, kernel: WeightOptions = WeightOptions(.glorotUniform),
        recurrent: WeightOptions = WeightOptions(Initializer(kind: "Orthogonal")),
        bias: WeightOptions = WeightOptions(.zeros), dropout: Double = 0, recurrentDropout: Double = 0,
        returnSequences: Bool = false, returnState: Bool = false, goBackwards: Bool = false, stateful: Bool = false,
        unroll: Bool = false, zeroOutputForMask: Bool = false, resetAfter: Bool = true, name: String = ""
    ) {
        let options = CellOptions(
            activation: activation, recurrentActivation: recurrentActivation, useBias: useBias, kernel: kernel,
            recurrent: recurrent, bias: bias, dropout: dropout, recurrentDropout: recurrentDropout)
        self.init(
            GRUCell(units, options, resetAfter: resetAfter, name: "gru_cell"),
            SequenceOptions(
                returnSequences: returnSequences, returnState: returnState, goBackwards: goBackwards,
                stateful: stateful, unroll: unroll, zeroOutputForMask: zeroOutputForMask), name: name)
    }

    package init(_ cell: GRUCell, _ sequence: SequenceOptions, name: String = "") {
        super.init(cell: cell, sequence: sequence, name: name)
    }

    override func copied() -> RNN { GRU(cell.copied() as! GRUCell, sequence, name: name) }
}
