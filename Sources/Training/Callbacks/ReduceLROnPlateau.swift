import NeuralNetwork

/// Makes the learning rate smaller when a figure has stopped improving. Keras's callback of this name.
///
/// After `patience` epochs without an improvement `rate = max(rate · factor, minLR)`; then `cooldown` epochs pass before
/// epochs are counted again. Adds `learning_rate`, the one that the epoch ended with, to the report.
public final class ReduceLROnPlateau: Callback {
    public let monitor: Monitor
    public let factor: Double
    public let patience: Int
    public let cooldown: Int
    public let minLR: Double
    private var best: Double?
    private var wait = 0
    private var cooldownCounter = 0
    private var isRestored = false

    /// - Parameters:
    ///   - monitor: the figure's name.
    ///   - factor: of the rate; at least 0 and below 1.
    ///   - patience: epochs without improvement that are waited for.
    ///   - minDelta: a smaller change is no improvement.
    ///   - cooldown: epochs that are not counted after a reduction.
    ///   - minLR: the smallest rate.
    /// - Throws: `TrainingError` for a factor that would not make the rate smaller.
    public init(
        monitor: String = "val_loss", factor: Double = 0.1, patience: Int = 10, mode: Monitor.Mode = .auto,
        minDelta: Double = 1e-4, cooldown: Int = 0, minLR: Double = 0
    ) throws(TrainingError) {
        guard factor >= 0, factor < 1 else {
            throw TrainingError(
                .usage, "ReduceLROnPlateau: factor is \(factor), expected a number of at least 0 and below 1")
        }
        self.monitor = Monitor(monitor, mode: mode, minDelta: minDelta)
        self.factor = factor
        self.patience = patience
        self.cooldown = cooldown
        self.minLR = minLR
    }

    public func trainWillBegin(_ run: TrainingRun) throws {
        try run.model.requireSettableRate(for: "ReduceLROnPlateau")
        defer { isRestored = false }
        guard !isRestored else { return }
        (best, wait, cooldownCounter) = (nil, 0, 0)
    }

    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws {
        guard let rate = run.model.learningRate else { return }
        report.add("learning_rate", Double(rate))
        guard !run.isInterrupted, let value = try monitor.value(in: report, run) else { return }
        if cooldownCounter > 0 {
            cooldownCounter -= 1
            wait = 0
        }
        if try monitor.isImprovement(value, over: best, run) {
            best = value
            wait = 0
            return
        }
        guard cooldownCounter == 0 else { return }
        wait += 1
        guard wait >= patience, rate > Float(minLR) else { return }
        let reduced = Float(max(Double(rate) * factor, minLR))
        run.model.learningRate = reduced
        (cooldownCounter, wait) = (cooldown, 0)
        try run.note("epoch \(report.epoch): \(monitor.name) stopped improving; the learning rate is now \(reduced)")
    }

    public func trainDidEnd(_ run: TrainingRun) { isRestored = false }

    public var state: CallbackState {
        var state = CallbackState(numbers: ["wait": Double(wait), "cooldown": Double(cooldownCounter)])
        state.numbers["best"] = best
        return state
    }

    public func restore(_ state: CallbackState) {
        best = state.numbers["best"]
        wait = state.integer("wait")
        cooldownCounter = state.integer("cooldown")
        isRestored = true
    }
}
