/// What was measured on a machine, and what follows from it.
package struct TuningReport: Sendable {
    package var cores: Int
    package var batchSize: Int
    /// Seconds that it took.
    package var seconds = 0.0
    package var decode: [DecodeRate] = []
    package var steps: [StepRate] = []
    package var splits: [Trial<ThreadSplit>] = []
    package var parts: [Trial<BatchParts>] = []
    package var queues: [Trial<QueueDepth>] = []
    package var windows: [WindowQuality] = []
    package var shards: ShardRate?
    package var recommendations: [Recommendation] = []
    /// What the time did not suffice for, in words.
    package var notMeasured: [String] = []
    package var peakResidentBytes = 0

    /// The most by which pieces of one setting differed, as a share of the median; 0 where there were no two.
    package var noise: Double {
        let rates = splits.map(\.rate) + parts.map(\.rate) + queues.map(\.rate)
        return rates.filter { $0.rounds > 1 && $0.samplesPerSecond > 0 }
            .map { ($0.fastest - $0.slowest) / $0.samplesPerSecond }.max() ?? 0
    }

    package init(cores: Int, batchSize: Int) {
        self.cores = cores
        self.batchSize = batchSize
    }
}
