public import DataSource
import Memory

/// How a run goes through its data. The defaults are Keras's where Keras has them.
public struct FitSettings: Sendable {
    public var epochs = 1
    public var batchSize = 32
    /// Epochs that were done before: the first one has the next number, and its order of samples.
    public var initialEpoch = 0
    /// Updates of an epoch; nil: until the data are through once. A run of fewer goes on where the last epoch stopped.
    public var stepsPerEpoch: Int?
    /// The parts in which a batch is computed, one after the other, with the gradients of the whole: less memory for
    /// activations, the same result to rounding but for batch normalization, which sees the parts
    /// (`batchNormalizationStatistics`). Nil: as few as the
    /// memory cap allows.
    public var accumulate: Int?
    /// Whose statistics batch normalization takes where a batch is computed in parts.
    public var batchNormalizationStatistics = BatchNormalizationStatistics.microBatch
    /// Whether activations are computed again for the gradients instead of kept: less memory, more time, the same
    /// results.
    public var recomputation = Recomputation.auto
    /// Factors of samples by their class, 1 where absent; they multiply with sample weights.
    public var classWeights: [Int: Float]?
    /// For outputs by their names, the column of their sample weights: one more among the targets of the source. Outputs
    /// that are not named weigh every sample 1. Validation data count by their own such columns, or have none of them.
    public var sampleWeights: [String: String] = [:]
    /// Whether class weights count on validation data, too; in Keras they do not.
    public var weighsValidation = false
    /// Which epochs end with validation.
    public var validationFrequency = ValidationFrequency.every(1)
    /// Batches of a validation, always the first ones; nil: all.
    public var validationSteps: Int?
    /// Nil: as in training.
    public var validationBatchSize: Int?
    public var shuffle = ShufflePolicy.window
    /// Chooses the order of samples and the masks of dropout.
    public var seed: UInt64 = 0
    public var memory = MemoryCap.none
    /// Bytes of the shuffle window; nil: what the memory plan gives.
    public var windowBytes: Int?
    /// Bytes of batches ready ahead of the step; nil: what the memory plan gives.
    public var queueBytes: Int?
    /// Threads that read and decode; nil: as many as the step leaves something to do for, at most one per core.
    public var decodeWorkers: Int?
    /// What happens when stored bytes do not decode.
    public var onBadBlock = BadBlockPolicy.fail
    /// Where the run's state is written; nil: nowhere.
    public var checkpointing: Checkpointing?

    public init() {}

    /// Options for the batches of a source, for the given passes over it.
    func batchOptions(_ passes: Range<Int>, inputTypes: [ScalarType]? = nil, targetTypes: [ScalarType]?) -> BatchOptions
    {
        var options = BatchOptions()
        options.batchSize = batchSize
        options.shuffle = shuffle
        options.seed = seed
        options.epochs = passes
        if let windowBytes { options.windowBytes = windowBytes }
        if let queueBytes { options.queueBytes = queueBytes }
        if let decodeWorkers { options.decodeWorkers = decodeWorkers }
        options.isTuned = decodeWorkers == nil
        options.onBadBlock = onBadBlock
        options.inputTypes = inputTypes
        options.targetTypes = targetTypes
        return options
    }
}

/// Which epochs end with validation: Keras's `validation_freq`.
public enum ValidationFrequency: Sendable, Hashable {
    /// Every so many epochs.
    case every(Int)
    /// The epochs of these numbers, from 1.
    case epochs([Int])

    func contains(_ epoch: Int) -> Bool {
        switch self {
        case .every(let count): epoch % max(1, count) == 0
        case .epochs(let numbers): numbers.contains(epoch)
        }
    }
}
