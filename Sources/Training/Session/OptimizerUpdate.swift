import Engine
import Memory
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

extension OptimizerUpdate: KeptState {
    var numbers: [String: [Double]] { [:] }

    /// All slots, by the optimizer's names for them and the parameters' paths.
    var tensors: [StateTensor] {
        let store = model.store
        let names = model.compilation?.optimizer.slotNames ?? []
        return zip(0..<store.slotCount, names).flatMap { slot, name in
            store.stateNames.enumerated().map {
                store.stateTensor($0, in: store.slot(slot).baseAddress!, named: "\(name)/\($1)")
            }
        }
    }

    func prepare(numbers: [String: [Double]], tensors: [(name: String, shape: Shape)]) {
        model.store.makeSlots(tensors.isEmpty ? 0 : model.compilation?.optimizer.slotNames.count ?? 0)
    }
}
