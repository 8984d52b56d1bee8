/// How many workers may be busy and how many batches may be ahead: more when the consumer waited, fewer when it does not.
///
/// Decided anew after every sixteen batches, from the share of them that the consumer waited for. A consumer that waits
/// gets another worker and a deeper queue at once. One that has not waited for a long while loses a worker, because a
/// thread that decodes takes time from the threads that compute; if that makes it wait, the worker comes back and the next
/// attempt waits twice as long. Changes nothing about the samples and their order.
package struct PrefetchTuner {
    private static let interval = 16
    private static let leastPatience = 8
    private static let mostPatience = 512

    private let mostWorkers: Int
    private let mostBatches: Int
    private let isTuned: Bool

    /// Workers that may be busy at once.
    package private(set) var workers: Int

    /// Batches that may be ready or being filled at once.
    package private(set) var batches: Int

    private var delivered = 0
    private var waits = 0
    private var quietIntervals = 0
    private var patience = Self.leastPatience
    private var hasShrunk = false

    /// Starts with all workers and a short queue, or with all there is when nothing is to change.
    package init(mostWorkers: Int, mostBatches: Int, isTuned: Bool) {
        self.mostWorkers = mostWorkers
        self.mostBatches = mostBatches
        self.isTuned = isTuned
        workers = mostWorkers
        batches = isTuned ? min(mostBatches, 8) : mostBatches
    }

    /// A batch was delivered, at once or after the consumer had waited for it.
    package mutating func didDeliver(hasWaited: Bool) {
        guard isTuned else { return }
        delivered += 1
        if hasWaited { waits += 1 }
        guard delivered == Self.interval else { return }
        // One wait in an interval is a hiccup, and the beginning of every stream.
        if waits > 1 { grow() } else if waits == 0 { stayQuiet() } else { quietIntervals = 0 }
        delivered = 0
        waits = 0
    }

    private mutating func grow() {
        quietIntervals = 0
        if hasShrunk, workers < mostWorkers { patience = min(patience * 2, Self.mostPatience) }
        hasShrunk = false
        workers = min(workers + 1, mostWorkers)
        batches = min(batches * 2, mostBatches)
    }

    private mutating func stayQuiet() {
        quietIntervals += 1
        guard quietIntervals >= patience else { return }
        quietIntervals = 0
        if workers > 1 {
            workers -= 1
            hasShrunk = true
        } else {
            batches = max(min(mostBatches, 4), batches / 2)
        }
    }
}
