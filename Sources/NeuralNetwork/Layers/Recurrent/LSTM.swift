import Engine
import Memory

/// A step of long short-term memory: `c = f c + i g`, `h = o · activation(c)`, gates in the order i, f, c, o; states h, c.
public final class LSTMCell: UnitsCell {
    /// Whether the forget gate's bias begins at 1.
    public let unitForgetBias: Bool

    public init(_ units: Int, _ options: CellOptions = CellOptions(), unitForgetBias: Bool = true, name: String = "") {
        self.unitForgetBias = unitForgetBias
        super.init(units: units, options: options, name: name)
    }

    override public var stateSizes: [Int] { [units, units] }
    override var gates: Int { 4 }

    override var biasInitializer: Initializer {
        var initializer = options.bias.initializer
        if unitForgetBias { initializer.ones = units..<2 * units }
        return initializer
    }

    override public func copied() -> RNNCell { LSTMCell(units, options, unitForgetBias: unitForgetBias, name: name) }

    override func run(
        _ inputs: Tensor, _ states: [Tensor], _ walk: SequenceWalk, _ context: LayerContext
    ) -> [Tensor] {
        let weights = context.parameters
        let result = dropped(inputs, context).lstm(
            kernel: weights[0], recurrentKernel: weights[1], bias: options.useBias ? weights[2] : nil,
            state: states.isEmpty ? nil : (states[0], states[1]), mask: walk.mask,
            recurrentFactors: recurrentFactors(inputs, context), options: recurrence(walk),
            functions: functions)
        return [result.outputs, result.state, result.cell]
    }
}

/// Long short-term memory over sequences (batch, time, in).
public final class LSTM: RNN {
    public convenience init(
        _ units: Int, activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
        useBias: Bool = true, kernel: WeightOptions = WeightOptions(.glorotUniform),
        recurrent: WeightOptions = WeightOptions(Initializer(kind: "Orthogonal")),
        bias: WeightOptions = WeightOptions(.zeros), unitForgetBias: Bool = true, dropout: Double = 0,
        recurrentDropout: Double = 0, returnSequences: Bool = false, returnState: Bool = false,
        goBackwards: Bool = false, stateful: Bool = false, unroll: Bool = false, zeroOutputForMask: Bool = false,
        name: String = ""
    ) {
        let options = CellOptions(
            activation: activation, recurrentActivation: recurrentActivation, useBias: useBias, kernel: kernel,
            recurrent: recurrent, bias: bias, dropout: dropout, recurrentDropout: recurrentDropout)
        self.init(
            LSTMCell(units, options, unitForgetBias: unitForgetBias, name: "lstm_cell"),
            SequenceOptions(
                returnSequences: returnSequences, returnState: returnState, goBackwards: goBackwards,
                stateful: stateful, unroll: unroll, zeroOutputForMask: zeroOutputForMask), name: name)
    }

    package init(_ cell: LSTMCell, _ sequence: SequenceOptions, name: String = "") {
        super.init(cell: cell, sequence: sequence, name: name)
    }

    override func copied() -> RNN { LSTM(cell.copied() as! LSTMCell, sequence, name: name) }
}
