import NeuralNetwork

/// Sets the learning rate when an epoch begins. Keras's callback of this name.
///
///     LearningRateScheduler { epoch, rate in epoch < 10 ? rate : rate * 0.9 }
///
/// Adds `learning_rate`, the one that the epoch ended with, to the report.
public final class LearningRateScheduler: Callback {
    /// The rate of an epoch, which counts from 0 here as in Keras, from the one before.
    public typealias Schedule = (_ epoch: Int, _ rate: Double) throws -> Double

    private let schedule: Schedule
    /// The epoch whose rate was set last, from 1.
    private var epoch = 0
    /// An epoch whose rate was set before a checkpoint was written in it: not to be multiplied twice.
    private var restoredEpoch: Int?

    public init(_ schedule: @escaping Schedule) { self.schedule = schedule }

    public func trainWillBegin(_ run: TrainingRun) throws {
        try run.model.requireSettableRate(for: "LearningRateScheduler")
    }

    public func epochWillBegin(_ run: TrainingRun) throws {
        defer { restoredEpoch = nil }
        epoch = run.epoch
        guard epoch != restoredEpoch else { return }
        guard let rate = run.model.learningRate else {
            throw TrainingError(.usage, "LearningRateScheduler: the model has no learning rate before compile")
        }
        let next = try schedule(epoch - 1, Double(rate))
        guard next.isFinite, next >= 0 else {
            throw TrainingError(
                .usage,
                "LearningRateScheduler: the rate of epoch \(epoch) is \(next), expected a number of at least 0")
        }
        run.model.learningRate = Float(next)
    }

    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) {
        if let rate = run.model.learningRate { report.add("learning_rate", Double(rate)) }
    }

    public var state: CallbackState { CallbackState(numbers: ["epoch": Double(epoch)]) }

    public func restore(_ state: CallbackState) {
        epoch = state.integer("epoch")
        restoredEpoch = epoch
    }
}
