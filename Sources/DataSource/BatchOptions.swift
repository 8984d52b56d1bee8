import Glibc
public import Memory

/// In which order samples come.
public enum ShufflePolicy: String, Sendable, Hashable, CaseIterable {
    /// The order of the data.
    case none

    /// Blocks in a new order every epoch, the rows of a block as they are stored.
    case block

    /// Rows drawn from a window of decoded blocks; blocks that are used up are replaced in a permuted order.
    case window
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

    /// Threads that read, decode and fill batches.
    public var decodeWorkers = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// Bytes of decoded rows from which `window` draws. Part of what decides the order.
    public var windowBytes = 256 << 20

    /// Bytes of batches that are ready or being filled, at most; never less than two batches.
    public var queueBytes = 16 << 20

    /// What each target is converted to, `.float32` or `.int32`; nil: int32 for whole numbers, float32 for others.
    public var targetTypes: [ScalarType]?

    /// The defaults, which `batches(of:)` uses.
    public init() {}
}
