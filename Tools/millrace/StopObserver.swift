import Training
import Workers

/// Ends a run at the next update once a signal has come. The deadline counts what the run waits for data, and not what
/// an update, a callback or an output takes: this is the first of the callbacks.
final class StopObserver: Callback {
    private let hasCheckpoints: Bool
    /// Whether the last update was made: a signal that comes after it loses nothing.
    private var isFinished = false
    private var hasInterrupted = false

    init(hasCheckpoints: Bool) { self.hasCheckpoints = hasCheckpoints }

    /// Whether the run ended before its end. One that can be resumed does its last validation then.
    var hasStopped: Bool { hasCheckpoints ? hasInterrupted : !isFinished }

    func epochWillBegin(_ run: TrainingRun) { StopDeadline.goOn() }

    func batchWillBegin(_ run: TrainingRun) { StopDeadline.pause() }

    func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) {
        StopDeadline.goOn()
        isFinished = report.epoch == report.epochs && report.step == report.stepsPerEpoch
        if !isFinished { stopIfRequested(run) }
    }

    func validationBatchWillBegin(_ run: TrainingRun) { StopDeadline.pause() }

    func validationBatchDidEnd(_ run: TrainingRun) {
        StopDeadline.goOn()
        stopIfRequested(run)
    }

    func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) {
        // Until the next epoch begins nothing is read: the best model, a page and logs are written.
        StopDeadline.pause()
        if report.epoch < report.epochs { stopIfRequested(run) }
    }

    func trainDidEnd(_ run: TrainingRun) { StopDeadline.turnOff() }

    func trainDidFail(_ error: any Error, _ run: TrainingRun) { StopDeadline.goOn() }

    private func stopIfRequested(_ run: TrainingRun) {
        guard StopSignal.isRequested else { return }
        hasInterrupted = true
        run.interrupt()
    }
}
