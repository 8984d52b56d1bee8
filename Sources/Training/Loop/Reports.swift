public import DataSource
import Memory

/// What one update did.
public struct BatchReport: Sendable {
    /// From 1.
    public let epoch: Int
    public let epochs: Int
    /// The update's number in its epoch, from 1.
    public let step: Int
    /// 0 when that is not known.
    public let stepsPerEpoch: Int
    /// Running means since the epoch began.
    public let logs: Logs
    /// This batch's own loss.
    public let batchLoss: Double
    public let learningRate: Float
    public let rows: Int
    /// Since the epoch began.
    public let seconds: Double
    /// Seconds of the epoch in which the trainer waited for data.
    public let waitSeconds: Double
    /// Samples of the epoch so far.
    public let samples: Int

    package init(
        epoch: Int, epochs: Int, step: Int, stepsPerEpoch: Int, logs: Logs, batchLoss: Double, learningRate: Float,
        rows: Int, seconds: Double, waitSeconds: Double, samples: Int
    ) {
        self.epoch = epoch
        self.epochs = epochs
        self.step = step
        self.stepsPerEpoch = stepsPerEpoch
        self.logs = logs
        self.batchLoss = batchLoss
        self.learningRate = learningRate
        self.rows = rows
        self.seconds = seconds
        self.waitSeconds = waitSeconds
        self.samples = samples
    }
}

/// What one epoch did.
public struct EpochReport: Sendable {
    /// From 1.
    public let epoch: Int
    public let epochs: Int
    public let steps: Int
    public let logs: Logs
    /// Figures on the validation data; nil without.
    public let validation: Logs?
    public let samples: Int
    /// Seconds of training, validation left out.
    public let seconds: Double
    /// What reading, decoding and filling batches did in the epoch.
    public let data: StreamStatistics
    public let peakResidentBytes: Int
    /// What planning steps has cost since the model was compiled.
    public let planning: PlanningCost
    /// Figures that callbacks added, for example a learning rate: later callbacks and the history see them.
    public private(set) var additions: [(name: String, value: Double)] = []

    package init(
        epoch: Int, epochs: Int, steps: Int, logs: Logs, validation: Logs?, samples: Int, seconds: Double,
        data: StreamStatistics, peakResidentBytes: Int, planning: PlanningCost = PlanningCost()
    ) {
        self.epoch = epoch
        self.epochs = epochs
        self.steps = steps
        self.logs = logs
        self.validation = validation
        self.samples = samples
        self.seconds = seconds
        self.data = data
        self.peakResidentBytes = peakResidentBytes
        self.planning = planning
    }

    /// Adds a figure, or replaces one that was added under this name.
    public mutating func add(_ name: String, _ value: Double) {
        additions.removeAll { $0.name == name }
        additions.append((name, value))
    }

    /// A figure by name; those on validation data have `val_` in front.
    public subscript(name: String) -> Double? { figures.first { $0.name == name }?.value }

    /// The share of `seconds` in which the trainer waited for data.
    public var waitFraction: Double { seconds > 0 ? data.waitSeconds / seconds : 0 }
    /// Bytes read from files, as they are stored.
    public var storedBytesRead: Int { data.storedBytesRead }

    public var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }

    /// All figures by Keras's names, those on validation data with `val_` in front, then what callbacks added.
    public var figures: [(name: String, value: Double)] {
        logs.all + (validation?.all.map { ("val_\($0.name)", $0.value) } ?? []) + additions
    }
}
