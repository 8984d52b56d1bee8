public import DataSource
import Memory

/// How a run goes through its data. The defaults are Keras's where Keras has them.
public struct FitSettings: Sendable {
    public var epochs = 1
    public var batchSize = 32
    /// Updates of an epoch; nil: until the data are through once. A run of fewer goes on where the last epoch stopped.
    public var stepsPerEpoch: Int?
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

    public init() {}

    /// Options for the batches of a source, for the given passes over it.
    func batchOptions(_ passes: Int, inputTypes: [ScalarType]? = nil, targetTypes: [ScalarType]?) -> BatchOptions {
        var options = BatchOptions()
        options.batchSize = batchSize
        options.shuffle = shuffle
        options.seed = seed
        options.epochs = 0..<passes
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
