/// Times a piece of a run, once it has warmed up, and ends it.
final class TuningStopwatch: Callback {
    /// The share of a piece that is not timed: streams open, windows fill, clocks rise.
    private static let warmUp = 0.35

    private let seconds: Double
    private let isStopped: () -> Bool
    private let began = ContinuousClock.now
    private var start: (moment: ContinuousClock.Instant, report: BatchReport)?
    /// The piece's speed; nil when it was stopped before there was one.
    private(set) var rate: RunRate?

    /// - Parameters:
    ///   - seconds: how long the piece lasts, warming up included; at least one step to warm up and one to time.
    ///   - isStopped: whether the piece is to end at once.
    init(seconds: Double, isStopped: @escaping () -> Bool) {
        self.seconds = seconds
        self.isStopped = isStopped
    }

    func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) {
        if isStopped() { return run.interrupt() }
        let elapsed = began.secondsToNow
        guard let (moment, first) = start else {
            if elapsed >= Self.warmUp * seconds { start = (.now, report) }
            return
        }
        guard elapsed >= seconds else { return }
        let timed = moment.secondsToNow
        rate = RunRate(
            samplesPerSecond: Double(report.samples - first.samples) / timed,
            waitShare: min(1, (report.waitSeconds - first.waitSeconds) / timed))
        run.interrupt()
    }
}
