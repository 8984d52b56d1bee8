import Memory
import NeuralNetwork

/// Keeps a moving average of the trained weights, validates with it, and leaves it in the model when the run ends.
///
/// After every update `average = momentum · average + (1 − momentum) · weight`, and `average = weight` after the first one:
/// Keras's `use_ema`, whose averages its `SwapEMAWeights` swaps with the weights. Here the callback keeps them itself, for
/// every optimizer: as many bytes as the model's parameters, granted as the optimizer's state. An optimizer that keeps
/// averages of its own says their momentum. With `swapOnEpoch` the averages stay in the model between epochs, for callbacks
/// behind this one such as `ModelCheckpoint`.
public final class SwapEMAWeights: Callback {
    /// Nil: that of the optimizer's own averages, or 0.99 where it keeps none.
    public let momentum: Float?
    private var chosenMomentum: Float = 0.99
    public let swapOnEpoch: Bool
    /// The averages, or the weights while the averages are in the model; each parameter where the store has it.
    private var averages: EMAStore?
    private var isSwapped = false
    /// The model's updates when the averages saw it last.
    private var updates = 0
    private var restored: [[Float]]?
    private var isRestored = false

    /// - Throws: `TrainingError` for a momentum that is not between 0 and 1.
    public init(momentum: Float? = nil, swapOnEpoch: Bool = false) throws(TrainingError) {
        if let momentum, !(0...1).contains(momentum) {
            throw TrainingError(.usage, "SwapEMAWeights: momentum is \(momentum), expected a number from 0 to 1")
        }
        self.momentum = momentum
        self.swapOnEpoch = swapOnEpoch
    }

    /// The averages, and a row-major copy of them for a checkpoint.
    public func heldBytes(_ model: Model) -> Int { 2 * model.parameterCount * 4 }

    public func trainWillBegin(_ run: TrainingRun) throws {
        try chooseMomentum(run.model)
        defer { isRestored = false }
        guard !isRestored else { return }
        (averages, restored, isSwapped, updates) = (nil, nil, false, run.model.iterations)
    }

    private func chooseMomentum(_ model: Model) throws(TrainingError) {
        let own = model.compilation?.optimizer.options.movingAverage?.momentum
        if let own, let momentum, own != momentum {
            throw TrainingError(
                .usage,
                "SwapEMAWeights: momentum is \(momentum), the optimizer keeps averages of momentum \(own); leave out one"
            )
        }
        chosenMomentum = momentum ?? own ?? 0.99
    }

    public func epochWillBegin(_ run: TrainingRun) throws { try putWeights(into: run.model) }

    public func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws { try follow(run.model) }

    /// Adds the weights to the averages after an update. One of gradients that waited at an epoch's end follows no batch.
    private func follow(_ model: Model) throws {
        // Batches whose gradients wait for an update change nothing.
        guard !isSwapped, model.iterations != updates else { return }
        updates = model.iterations
        if let restored {
            averages = try EMAStore(model, restored)
            self.restored = nil
        }
        if let averages { averages.add(momentum: chosenMomentum) } else { averages = EMAStore(model) }
    }

    public func validationWillBegin(_ run: TrainingRun) throws {
        try follow(run.model)
        try putAverages(into: run.model)
    }

    public func validationDidEnd(_ logs: Logs, _ run: TrainingRun) throws { try putWeights(into: run.model) }

    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws {
        try follow(run.model)
        // A validation that was interrupted has not ended.
        if swapOnEpoch { try putAverages(into: run.model) } else { try putWeights(into: run.model) }
    }

    public func trainDidEnd(_ run: TrainingRun) throws {
        isRestored = false
        try follow(run.model)
        try putAverages(into: run.model)
        (averages, restored, isSwapped) = (nil, nil, false)
    }

    /// The weights come back where averages were validated or saved; a run that failed leaves what it trained.
    public func trainDidFail(_ error: any Error, _ run: TrainingRun) {
        if isSwapped, let averages { averages.swap() }
        (averages, restored, isSwapped, isRestored) = (nil, nil, false, false)
    }

    private func putAverages(into model: Model) throws { if !isSwapped { try swap(model) } }
    private func putWeights(into model: Model) throws { if isSwapped { try swap(model) } }

    private func swap(_ model: Model) throws {
        if let averages {
            averages.swap()
        } else if let restored {
            // Before the first step the places of the parameters are not final.
            let store = model.store
            self.restored = try EMAStore.checked(restored, store).enumerated().map { index, values in
                guard store.isTrainable(index) else { return values }
                let current = try store.read(index)
                try store.write(values, to: index)
                return current
            }
        } else {
            return
        }
        isSwapped.toggle()
    }

    public var state: CallbackState {
        var state = CallbackState(numbers: ["is_swapped": isSwapped ? 1 : 0, "updates": Double(updates)])
        state.set(restored ?? averages?.values, "averages")
        return state
    }

    public func restore(_ state: CallbackState) {
        isSwapped = state.integer("is_swapped") == 1
        updates = state.integer("updates")
        restored = state.lists("averages")
        averages = nil
        isRestored = true
    }
}
