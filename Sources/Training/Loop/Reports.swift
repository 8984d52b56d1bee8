public import DataSource
import Memory

/// What one update did.
public struct BatchReport: Sendable {
    /// From 1.
    public let epoch: Int
    public let epochs: Int
    /// The update's number in its epoch, from 1.
    public let step: Int
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

    /// The share of `seconds` in which the trainer waited for data.
    public var waitFraction: Double { seconds > 0 ? data.waitSeconds / seconds : 0 }
    /// Bytes read from files, as they are stored.
    public var storedBytesRead: Int { data.storedBytesRead }

    public var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }

    /// All figures by Keras's names, those on validation data with `val_` in front.
    public var figures: [(name: String, value: Double)] {
        logs.all + (validation?.all.map { ("val_\($0.name)", $0.value) } ?? [])
    }
}

/// Figures by epoch: Keras's History.
public struct History: Sendable {
    /// The epochs that ran, from 1.
    public private(set) var epochs: [Int] = []
    /// The names in the order of their first appearance.
    public private(set) var names: [String] = []
    private var values: [String: [Double]] = [:]

    public init() {}

    /// The values of a figure, one per epoch in which it was computed.
    public subscript(name: String) -> [Double] { values[name] ?? [] }

    mutating func append(_ report: EpochReport) {
        epochs.append(report.epoch)
        for (name, value) in report.figures {
            if values[name] == nil { names.append(name) }
            values[name, default: []].append(value)
        }
    }
}

/// Whether a run goes on.
public enum FitControl: Sendable {
    case `continue`
    /// Ends after this batch; no validation follows, and the history holds the epoch so far.
    case stop
}

/// Follows a run, and may end it. An error that an observer throws ends the run and leaves `fit`.
public protocol FitObserver: AnyObject {
    func epochWillBegin(_ epoch: Int, of epochs: Int, stepsPerEpoch: Int) throws
    func batchDidEnd(_ report: BatchReport) throws -> FitControl
    func epochDidEnd(_ report: EpochReport) throws -> FitControl
    /// A block could not be decoded and its samples are left out; called once for each such block.
    func blockWasSkipped(_ error: DataError) throws
    /// Asked after every batch of validation: true leaves the validation, and the run.
    var wantsToLeaveValidation: Bool { get }
}

extension FitObserver {
    public func epochWillBegin(_ epoch: Int, of epochs: Int, stepsPerEpoch: Int) throws {}
    public func batchDidEnd(_ report: BatchReport) throws -> FitControl { .continue }
    public func epochDidEnd(_ report: EpochReport) throws -> FitControl { .continue }
    public func blockWasSkipped(_ error: DataError) throws {}
    public var wantsToLeaveValidation: Bool { false }
}
