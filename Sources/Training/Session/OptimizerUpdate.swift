import Engine
import NeuralNetwork

/// What an update does to a model: the optimizer follows the gradients of the last step.
///
/// Reads the gradients of the model's store, changes its weights and slots, and counts `iterations`.
final class OptimizerUpdate {
    private unowned let model: Model

    init(_ model: Model) { self.model = model }

    /// One update. Does nothing for a model without an optimizer.
    ///
    /// - Throws: `TrainingError` when the optimizer cannot follow the gradients.
    func apply() throws(TrainingError) {
        guard let optimizer = model.compilation?.optimizer else { return }
        let store = model.store
        if store.slotCount != optimizer.slotNames.count { store.makeSlots(optimizer.slotNames.count) }
        let count = store.slotCount
        for range in store.trainableRanges {
            withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>.self, capacity: max(1, count)) { slots in
                for index in 0..<count {
                    slots.initializeElement(at: index, to: store.slot(index).baseAddress! + range.lowerBound)
                }
                optimizer.update(
                    weights: UnsafeMutableBufferPointer(rebasing: store.weights[range]),
                    gradients: UnsafeBufferPointer(rebasing: store.gradients[range]),
                    slots: UnsafeBufferPointer(start: slots.baseAddress, count: count), iteration: model.iterations)
            }
        }
        model.iterations += 1
    }
}
