package import Workers

/// How many threads decode and how many compute.
package struct ThreadSplit: Sendable, Hashable {
    /// Nil: as many as the trainer's waiting asks for while the run goes on, at most one per core.
    package var decodeWorkers: Int?
    package var computeThreads: Int

    package init(decodeWorkers: Int?, computeThreads: Int) {
        self.decodeWorkers = decodeWorkers
        self.computeThreads = computeThreads
    }

    /// Threads in all, at most.
    func threads(cores: Int) -> Int { (decodeWorkers ?? cores) + computeThreads }
}

/// Threads, and how those that compute wait for each other.
package struct WaitingSplit: Sendable, Hashable {
    package var split: ThreadSplit
    package var waiting: OpenMPWaiting

    package init(_ split: ThreadSplit, _ waiting: OpenMPWaiting) {
        self.split = split
        self.waiting = waiting
    }
}

/// What workers do when nothing else runs and nobody makes them wait.
package struct DecodeRate: Sendable, Hashable {
    package var workers: Int
    /// Rows that all workers together put into batches.
    package var rowsPerSecond: Double
    /// Seconds of one worker for a row: reading and decoding it, and gathering it into a batch.
    package var decodeSecondsPerRow: Double
    package var fillSecondsPerRow: Double
    /// Bytes of a row as it is stored in files, and as it comes out of them.
    package var storedBytesPerRow: Double
    package var decodedBytesPerRow: Double

    package init(
        workers: Int, rowsPerSecond: Double, decodeSecondsPerRow: Double, fillSecondsPerRow: Double,
        storedBytesPerRow: Double, decodedBytesPerRow: Double
    ) {
        self.workers = workers
        self.rowsPerSecond = rowsPerSecond
        self.decodeSecondsPerRow = decodeSecondsPerRow
        self.fillSecondsPerRow = fillSecondsPerRow
        self.storedBytesPerRow = storedBytesPerRow
        self.decodedBytesPerRow = decodedBytesPerRow
    }

    /// Seconds of one worker for a row.
    package var workerSecondsPerRow: Double { decodeSecondsPerRow + fillSecondsPerRow }

    /// Decoded bytes of a second of one worker, gathering left out.
    package var decodedBytesPerSecond: Double {
        decodeSecondsPerRow > 0 ? decodedBytesPerRow / decodeSecondsPerRow : .infinity
    }
}

/// What the step does on one batch, again and again, while no worker runs.
package struct StepRate: Sendable, Hashable {
    package var computeThreads: Int
    package var samplesPerSecond: Double

    package init(computeThreads: Int, samplesPerSecond: Double) {
        self.computeThreads = computeThreads
        self.samplesPerSecond = samplesPerSecond
    }
}

/// What a piece of a real run does: `fit` on the real data.
package struct RunRate: Sendable, Hashable {
    package var samplesPerSecond: Double
    /// The share of its time in which the trainer waited for data.
    package var waitShare: Double
    /// How many pieces this is the median of, and the speeds of the slowest and the fastest.
    package var rounds = 1
    package var slowest: Double
    package var fastest: Double

    package init(samplesPerSecond: Double, waitShare: Double, rounds: Int = 1) {
        self.samplesPerSecond = samplesPerSecond
        self.waitShare = waitShare
        self.rounds = rounds
        (slowest, fastest) = (samplesPerSecond, samplesPerSecond)
    }

    /// The piece in the middle by its speed, of two the slower one; nil of none.
    package init?(medianOf pieces: [RunRate]) {
        guard !pieces.isEmpty else { return nil }
        let sorted = pieces.sorted { $0.samplesPerSecond < $1.samplesPerSecond }
        self = sorted[(sorted.count - 1) / 2]
        rounds = pieces.count
        (slowest, fastest) = (sorted[0].samplesPerSecond, sorted[sorted.count - 1].samplesPerSecond)
    }
}

/// A setting that was tried, and what came out.
package struct Trial<Setting: Hashable & Sendable>: Sendable {
    package var setting: Setting
    package var rate: RunRate

    package init(_ setting: Setting, _ rate: RunRate) {
        self.setting = setting
        self.rate = rate
    }
}

/// The parts in which a batch is computed, and what the step then holds.
package struct BatchParts: Sendable, Hashable {
    package var accumulate: Int
    package var microBatch: Int
    package var stepBytes: Int

    package init(accumulate: Int, microBatch: Int, stepBytes: Int) {
        self.accumulate = accumulate
        self.microBatch = microBatch
        self.stepBytes = stepBytes
    }
}

/// Bytes of batches that may be ahead, and how many batches that are.
package struct QueueDepth: Sendable, Hashable {
    package var batches: Int
    package var bytes: Int

    package init(batches: Int, bytes: Int) {
        self.batches = batches
        self.bytes = bytes
    }
}

/// A window and the χ² per degree of freedom that it gives data sorted by class.
package struct WindowQuality: Sendable, Hashable {
    package var bytes: Int
    package var chiSquaredPerDegree: Double

    package init(bytes: Int, chiSquaredPerDegree: Double) {
        self.bytes = bytes
        self.chiSquaredPerDegree = chiSquaredPerDegree
    }
}

/// What rows of the data would cost as the frames of shards.
package struct ShardRate: Sendable, Hashable {
    /// Rows that were packed and unpacked.
    package var rows: Int
    package var decodeSecondsPerRow: Double
    package var storedBytesPerRow: Double

    package init(rows: Int, decodeSecondsPerRow: Double, storedBytesPerRow: Double) {
        self.rows = rows
        self.decodeSecondsPerRow = decodeSecondsPerRow
        self.storedBytesPerRow = storedBytesPerRow
    }
}
