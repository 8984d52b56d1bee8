/// The activations of a recurrent layer as functions of tensors (batch, units), where one of them is no
/// `RecurrentActivation`: such a layer is written out step by step.
public struct RecurrenceFunctions {
    /// Of the candidate and, in LSTM, of the cell.
    public var activation: (Tensor) -> Tensor
    /// Of each of the gates.
    public var recurrentActivation: (Tensor) -> Tensor

    public init(activation: @escaping (Tensor) -> Tensor, recurrentActivation: @escaping (Tensor) -> Tensor) {
        self.activation = activation
        self.recurrentActivation = recurrentActivation
    }
}

extension RecurrenceOptions {
    /// The functions that the options name.
    var functions: RecurrenceFunctions {
        RecurrenceFunctions(
            activation: { activation($0) }, recurrentActivation: { recurrentActivation($0) })
    }
}
