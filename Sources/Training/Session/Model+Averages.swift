import CKernels
import Engine
import NeuralNetwork

extension Model {
    /// Replaces trained weights by their moving averages, where the optimizer keeps some: Keras's
    /// `finalize_variable_values`. The averages stay.
    public func finalizeWeights() {
        forEachAverage { weights, average in _ = weights.update(fromContentsOf: average) }
    }

    /// Exchanges trained weights and their moving averages, where the optimizer keeps some; a second call undoes it.
    public func swapAverages() {
        forEachAverage { weights, average in
            millrace_swap(weights.baseAddress, average.baseAddress, weights.count)
        }
    }

    private func forEachAverage(
        _ body: (UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Void
    ) {
        let slots = store.slots
        for index in slots.parameters(of: OptimizerState.average) where store.isTrainable(index) {
            let entry = store.entries[index]
            body(
                UnsafeMutableBufferPointer(rebasing: store.weights[entry.offset..<entry.offset + entry.extent]),
                slots.values(OptimizerState.average, index)!)
        }
    }
}
