import Glibc
public import Memory

/// What happens when stored bytes do not decode.
public enum BadBlockPolicy: String, Sendable, Hashable, CaseIterable {
    /// The error is thrown in place of the first batch that needs the block.
    case fail

    /// The block's samples are left out of their batches, which get shorter; every other sample stays in its batch, so
    /// that positions mean the same with and without the damage. What was left out is counted and named. Of a block of
    /// images those that do not decode are left out alone.
    /// Whatever else goes wrong, a file that changed or is gone, a read that failed, a stream that ended early, is
    /// thrown as under `fail`.
    case skip

    /// Whether an error costs the samples that it is about, and not the stream.
    func leavesOut(_ error: DataError) -> Bool { self == .skip && error.isDamage }
}

/// How a source's samples become batches.
public struct BatchOptions: Sendable, Hashable {
    /// Samples of a batch; the last batch of an epoch may have fewer.
    public var batchSize = 32
    public var shuffle = ShufflePolicy.window

    /// The same seed gives the same order, on every machine and for any number of workers.
    public var seed: UInt64 = 0

    /// The epochs to stream; each has its own order, and prefetching runs on across their borders.
    public var epochs = 0..<1

    /// Threads that read, decode and fill batches, at most.
    public var decodeWorkers = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// Bytes of decoded rows from which `window` draws: part of what decides the order. Under `exact`, bytes of decoded
    /// blocks that are kept.
    public var windowBytes = 256 << 20

    /// Bytes of batches that are ready or being filled, at most; never less than two batches.
    public var queueBytes = 16 << 20

    /// Whether workers and queue change while streaming, within `decodeWorkers` and `queueBytes`: more when the consumer
    /// waited, fewer when it never does. The samples and their order are the same either way.
    public var isTuned = true

    /// What happens when stored bytes do not decode.
    public var onBadBlock = BadBlockPolicy.fail

    /// Whether rows are changed at random where their source asks for it; else only cut to the size that batches have.
    public var augments = true

    /// What each input is converted to, `.float32` or `.int32`, which must hold it exactly; nil: float32.
    public var inputTypes: [ScalarType]?

    /// What each target is converted to, `.float32` or `.int32`; nil: int32 for whole numbers, float32 for others.
    public var targetTypes: [ScalarType]?

    /// The defaults, which `batches(of:)` uses.
    public init() {}
}
