public import DataSource
public import NeuralNetwork

/// Follows a run: `fit`, or a loop of one's own through `TrainingRun`. May end it, and may change the model and its learning
/// rate between updates.
///
/// The order of calls is Keras's: `trainWillBegin`, then for each epoch `epochWillBegin`, for each batch `batchWillBegin`
/// and `batchDidEnd`, then `validationWillBegin`, for each of its batches `validationBatchWillBegin` and
/// `validationBatchDidEnd`, then `validationDidEnd` where the epoch is validated, then `epochDidEnd`, and at last
/// `trainDidEnd`. The hooks of validation are those of `evaluate`, too, and `predict` has its own. Callbacks are called in the order of their list. An error, of a
/// callback or another, ends the run and leaves `fit`; only `trainDidFail` is called after it. `noteWasMade` comes whenever
/// a callback says what it did.
///
/// A run that goes on from a checkpoint calls `trainWillBegin`, then `restore` with the state of that moment, and goes
/// on where it was: in the middle of an epoch, whose `epochWillBegin` was called before the checkpoint.
public protocol Callback: AnyObject {
    func trainWillBegin(_ run: TrainingRun) throws
    func epochWillBegin(_ run: TrainingRun) throws
    func batchWillBegin(_ run: TrainingRun) throws
    func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws
    /// A block could not be decoded and its samples are left out; called once for each such block.
    func blockWasSkipped(_ error: DataError, _ run: TrainingRun) throws
    func validationWillBegin(_ run: TrainingRun) throws
    func validationBatchWillBegin(_ run: TrainingRun) throws
    func validationBatchDidEnd(_ run: TrainingRun) throws
    func validationDidEnd(_ logs: Logs, _ run: TrainingRun) throws
    func predictionWillBegin(_ run: TrainingRun) throws
    func predictionBatchWillBegin(_ run: TrainingRun) throws
    /// A batch was predicted and its numbers were handed out. `run.interrupt()` ends the prediction behind it.
    func predictionBatchDidEnd(_ run: TrainingRun) throws
    func predictionDidEnd(_ run: TrainingRun) throws
    /// - Parameter report: a callback may add figures, which later ones and the history see.
    func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws
    func trainDidEnd(_ run: TrainingRun) throws
    /// An error ends the run and will leave `fit`.
    func trainDidFail(_ error: any Error, _ run: TrainingRun)
    /// A callback says, for a person to read, what it did: why it ended the run, or where it saved the model.
    func noteWasMade(_ note: String, _ run: TrainingRun) throws

    /// Bytes that the callback keeps of the model, for the memory plan; 0 by default.
    func heldBytes(_ model: Model) -> Int

    /// What a checkpoint keeps of the callback; empty for callbacks that remember nothing.
    var state: CallbackState { get throws }
    /// Goes on from what a checkpoint kept. Called after `trainWillBegin`, or before it: that leaves it as it is.
    func restore(_ state: CallbackState) throws
}

/// What a callback remembers, for checkpoints.
public struct CallbackState: Sendable, Equatable {
    public var numbers: [String: Double]
    /// For example the best weights.
    public var arrays: [String: [Float]]

    public init(numbers: [String: Double] = [:], arrays: [String: [Float]] = [:]) {
        self.numbers = numbers
        self.arrays = arrays
    }
}

extension Callback {
    public func trainWillBegin(_ run: TrainingRun) throws {}
    public func epochWillBegin(_ run: TrainingRun) throws {}
    public func batchWillBegin(_ run: TrainingRun) throws {}
    public func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws {}
    public func blockWasSkipped(_ error: DataError, _ run: TrainingRun) throws {}
    public func validationWillBegin(_ run: TrainingRun) throws {}
    public func validationBatchWillBegin(_ run: TrainingRun) throws {}
    public func validationBatchDidEnd(_ run: TrainingRun) throws {}
    public func validationDidEnd(_ logs: Logs, _ run: TrainingRun) throws {}
    public func predictionWillBegin(_ run: TrainingRun) throws {}
    public func predictionBatchWillBegin(_ run: TrainingRun) throws {}
    public func predictionBatchDidEnd(_ run: TrainingRun) throws {}
    public func predictionDidEnd(_ run: TrainingRun) throws {}
    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws {}
    public func trainDidEnd(_ run: TrainingRun) throws {}
    public func trainDidFail(_ error: any Error, _ run: TrainingRun) {}
    public func noteWasMade(_ note: String, _ run: TrainingRun) throws {}
    public func heldBytes(_ model: Model) -> Int { 0 }
    public var state: CallbackState { CallbackState() }
    public func restore(_ state: CallbackState) throws {}
}
