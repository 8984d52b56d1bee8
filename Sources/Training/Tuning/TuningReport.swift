/// What was measured on a machine, and what follows from it.
package struct TuningReport: Sendable {
    package var cores: Int
    package var batchSize: Int
    /// Seconds that it took, and those before the first measurement: opening the model and the data, planning.
    package var seconds = 0.0
    package var startSeconds = 0.0
    package var decode: [DecodeRate] = []
    package var steps: [StepRate] = []
    package var splits: [Trial<ThreadSplit>] = []
    package var parts: [Trial<BatchParts>] = []
    package var queues: [Trial<QueueDepth>] = []
    package var windows: [WindowQuality] = []
    package var waitings: [Trial<WaitingSplit>] = []
    /// The pair of thread counts that is recommended; nil when none was measured.
    package var chosen: ThreadSplit?
    /// What pieces of the recommended run are; nil when none was measured.
    package var piece: PieceForm?
    package var shards: ShardRate?
    package var recommendations: [Recommendation] = []
    /// What the time did not suffice for, in words.
    package var notMeasured: [String] = []
    package var peakResidentBytes = 0

    /// The most by which pieces of one setting differed, as a share of the median; 0 where there were no two.
    package var noise: Double {
        let rates = splits.map(\.rate) + parts.map(\.rate) + queues.map(\.rate) + waitings.map(\.rate)
        return rates.filter { $0.rounds > 1 && $0.samplesPerSecond > 0 }
            .map { ($0.fastest - $0.slowest) / $0.samplesPerSecond }.max() ?? 0
    }

    /// What a piece takes at least: two steps to warm up and two to time, by the slowest step alone.
    package var leastPieceSeconds: Double {
        4 * Double(batchSize) / (steps.map(\.samplesPerSecond).min() ?? .infinity)
    }

    package init(cores: Int, batchSize: Int) {
        self.cores = cores
        self.batchSize = batchSize
    }
}
