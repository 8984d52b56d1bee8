import Memory
import NeuralNetwork

/// Ends a run when a figure has stopped improving. Keras's callback of this name.
///
/// After every epoch `wait += 1`, or `wait = 0` when the figure is better than its best (and than the baseline); the run
/// stops when `wait ≥ patience`, but not on its first epoch. An epoch that was not validated, or was interrupted, counts for
/// nothing.
///
/// With `restoreBestWeights` the model ends with the weights of its best epoch, also when the run ends by itself. They are
/// kept in memory, as many bytes as the model's parameters, which the memory plan counts.
public final class EarlyStopping: Callback {
    public let monitor: Monitor
    public let patience: Int
    public let baseline: Double?
    public let restoreBestWeights: Bool
    public let startFromEpoch: Int
    /// The best value so far.
    public private(set) var best: Double?
    /// The epoch of the best value, from 1; 0 before there is one.
    public private(set) var bestEpoch = 0
    /// The epoch that ended the run, from 1; nil when none did.
    public private(set) var stoppedEpoch: Int?
    private var wait = 0
    private var bestWeights: [[Float]]?
    private var isRestored = false

    /// - Parameters:
    ///   - monitor: the figure's name.
    ///   - minDelta: a smaller change is no improvement.
    ///   - patience: epochs without improvement that are waited for.
    ///   - baseline: a value that has to be reached, too.
    ///   - startFromEpoch: epochs at the beginning that do not count.
    public init(
        monitor: String = "val_loss", minDelta: Double = 0, patience: Int = 0, mode: Monitor.Mode = .auto,
        baseline: Double? = nil, restoreBestWeights: Bool = false, startFromEpoch: Int = 0
    ) {
        self.monitor = Monitor(monitor, mode: mode, minDelta: minDelta)
        self.patience = patience
        self.baseline = baseline
        self.restoreBestWeights = restoreBestWeights
        self.startFromEpoch = startFromEpoch
    }

    public func heldBytes(_ model: Model) -> Int { restoreBestWeights ? model.parameterCount * 4 : 0 }

    public func trainWillBegin(_ run: TrainingRun) {
        defer { isRestored = false }
        guard !isRestored else { return }
        (best, bestEpoch, stoppedEpoch, wait, bestWeights) = (nil, 0, nil, 0, nil)
    }

    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws {
        guard !run.isInterrupted, let value = try monitor.value(in: report, run), report.epoch > startFromEpoch
        else { return }
        if restoreBestWeights, bestWeights == nil { keepWeights(of: run.model, report.epoch) }
        wait += 1
        if try monitor.isImprovement(value, over: best, run) {
            best = value
            bestEpoch = report.epoch
            if restoreBestWeights { keepWeights(of: run.model, report.epoch) }
            if try baseline.map({ try monitor.isImprovement(value, over: $0, run) }) ?? true { wait = 0 }
            return
        }
        guard wait >= patience, report.epoch > 1 else { return }
        stoppedEpoch = report.epoch
        run.stop()
        let record = best.map { ", its best was \(ProgressLine.format($0)) in epoch \(bestEpoch)" } ?? ""
        try run.note("early stopping after epoch \(report.epoch): \(monitor.name) stopped improving\(record)")
    }

    private func keepWeights(of model: Model, _ epoch: Int) {
        // The old ones go first: never two copies.
        bestWeights = nil
        bestWeights = model.weights.map(\.values)
        bestEpoch = epoch
    }

    public func trainDidEnd(_ run: TrainingRun) throws {
        isRestored = false
        guard let bestWeights else { return }
        try run.model.setWeights(bestWeights)
        self.bestWeights = nil
        try run.note("the model has the weights of its best epoch, \(bestEpoch)")
    }

    public var state: CallbackState {
        var state = CallbackState(numbers: ["wait": Double(wait), "best_epoch": Double(bestEpoch)])
        state.numbers["best"] = best
        state.numbers["stopped_epoch"] = stoppedEpoch.map(Double.init)
        state.set(bestWeights, "weights")
        return state
    }

    public func restore(_ state: CallbackState) {
        wait = state.integer("wait")
        best = state.numbers["best"]
        bestEpoch = state.integer("best_epoch")
        stoppedEpoch = state.numbers["stopped_epoch"].map { Int($0) }
        bestWeights = state.lists("weights")
        isRestored = true
    }
}
