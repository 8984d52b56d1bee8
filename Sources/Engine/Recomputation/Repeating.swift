/// What the recomputation of activations knows of operations.
extension Graph.Node {
    /// The inputs whose elements are read; the others only name a node.
    var readInputs: [Int] { operation is MaxPoolingGradient ? [inputs[0]] : inputs }

    /// The output of the forward node whose private data this one reads: it follows that node wherever it is done last.
    var forwardOutput: Int? { operation is MaxPoolingGradient ? inputs[2] : nil }

    /// Whether the result is another look at the input's memory.
    var isView: Bool {
        operation is ReshapeOperation || operation is Transpose || operation is Slice || operation is StopGradient
    }

    /// Whether doing it again costs no more than to read its operands once.
    var isCheap: Bool {
        if isView || operation is any ElementwiseOperation { return true }
        return operation is BatchNormalize || operation is RowNormalize || operation is DropoutOperation
            || operation is RandomNumbers || operation is ConstantValues || operation is Gather
            || operation is Concatenate || operation is Insert
    }

    /// Outputs that are never computed again: few numbers, which other parts of a step read, too.
    var alwaysKept: ArraySlice<Int> { operation is BatchNormalize ? outputs.dropFirst() : [] }

    /// The operation that makes the same outputs again, with its inputs: with the help of outputs that are kept.
    var repetition: (operation: any Operation, inputs: [Int]) {
        guard let normalization = operation as? BatchNormalize, !normalization.areGiven else {
            return (operation, inputs)
        }
        return (BatchNormalize(epsilon: normalization.epsilon, areGiven: true), inputs + alwaysKept)
    }
}
