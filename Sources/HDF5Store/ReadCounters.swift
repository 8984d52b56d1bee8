import Glibc

/// What a reader did so far: bytes in and out, and where its time went.
package struct ReadCounters: Sendable, Equatable {
    /// Bytes of stored data that were read, without the gaps between chunks that were read along.
    package var storedBytesRead = 0

    /// Bytes that came out: of decoded chunks, or of rows where nothing is decoded here.
    package var decodedBytes = 0

    /// Seconds of waiting for the disk or the page cache; for the library, with its decoding.
    package var readSeconds = 0.0

    /// Seconds of decoding and of copying rows out of chunks, with the wait for a chunk that another reader decodes.
    package var decodeSeconds = 0.0

    /// Reads that were tried again because of an error that may pass.
    package var retries = 0

    /// Counts nothing yet.
    package init() {}

    /// Adds what another reader did.
    package static func += (left: inout ReadCounters, right: ReadCounters) {
        left.storedBytesRead += right.storedBytesRead
        left.decodedBytes += right.decodedBytes
        left.readSeconds += right.readSeconds
        left.decodeSeconds += right.decodeSeconds
        left.retries += right.retries
    }
}

/// Splits time into stages with one look at the clock for each: a stage is what passed since the last.
struct StageClock {
    private var last = 0.0

    /// Begins the first stage.
    mutating func start() { last = Self.now }

    /// Seconds since the last stage ended; the next begins.
    mutating func lap() -> Double {
        let now = Self.now
        defer { last = now }
        return now - last
    }

    /// Seconds of a clock that does not go back.
    static var now: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
