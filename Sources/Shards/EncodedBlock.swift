package import Memory

/// A block of rows as a shard stores it: the frames of its columns one after the other.
package final class EncodedBlock: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: handed from thread to thread, used by one at a time.

    /// The bytes of all frames.
    package let bytes = GrowableBytes()

    /// The frames, one a column.
    package internal(set) var frames: [ShardFrame] = []

    /// Rows in the block.
    package internal(set) var rowCount = 0

    /// Of these rows, one a column.
    package internal(set) var statistics: [ShardColumnStatistics] = []

    /// An empty block, to be filled again and again by encoders.
    package init() {}

    /// Bytes that the block holds from the system.
    package var capacity: Int { bytes.capacity }

    func removeAll() {
        bytes.truncate(to: 0)
        frames.removeAll(keepingCapacity: true)
        statistics.removeAll(keepingCapacity: true)
        rowCount = 0
    }
}
