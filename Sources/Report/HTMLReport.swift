public import DataSource
import Memory
public import Training

/// Writes a run as one HTML page: charts of loss and metrics, learning rate, speed and memory, the memory plan beside
/// what was measured, settings and notes. The page needs no network and no other file.
///
///     let history = try model.fit(source, epochs: 10, callbacks: [HTMLReport("run.html"), ProgressLine()])
///
/// It is written at the end of epochs, in long epochs about once a minute, and at the end, also when the run is
/// interrupted or fails; each time whole, or the file stays as it was. Where epochs are so short that writing would
/// take more than a hundredth of the time, some of them are passed over. A page that cannot be written is a note while
/// the run goes on, and an error at its end.
///
/// What is remembered is bounded: long series keep the least, the greatest and the mean of neighbouring figures, so
/// that a run of any length takes some hundred KiB at most, and a page below 2 MB. Memory is looked at ten times a
/// second at most. A run that is resumed from a checkpoint goes on in its charts.
public final class HTMLReport: Callback {
    public let path: String
    private let title: String?
    private let extra: [(name: String, value: String)]
    private var record = RunRecord()
    private var clock = ReportClock()
    /// As they were when the run began: callbacks may change the learning rate.
    private var settings: [SettingsTable] = []
    /// Where training was when its speed was taken last; nil: nowhere in this epoch.
    private var lastProgress: RunRecord.Progress?
    private var isRestored = false
    /// Whether there is something to write: a run that is refused before its first batch leaves an earlier page alone.
    private var hasBegun = false
    /// Whether the last page could not be written.
    private var hasFailed = false
    /// Whether `trainDidEnd` keeps the error of a page that cannot be written, for `checkWritten`: a program may have
    /// something more important to write first.
    package var keepsLastError = false
    private var lastError: (any Error)?

    /// - Parameters:
    ///   - title: the page's heading; nil: the model's name.
    ///   - settings: what else the page should say of the run, for example the names of files.
    public init(_ path: String, title: String? = nil, settings: [(name: String, value: String)] = []) {
        self.path = path
        self.title = title
        extra = settings
    }

    /// - Throws: when the file cannot be created: that is found out before the work.
    public func trainWillBegin(_ run: TrainingRun) throws {
        _ = try AtomicOutput(path: path)
        if !isRestored { (record, hasBegun) = (RunRecord(), false) }
        isRestored = false
        record.status = .running
        (lastProgress, hasFailed, lastError) = (nil, false, nil)
        settings = RunSettings(run, extra).tables
        clock = ReportClock()
        look(run)
    }

    public func epochWillBegin(_ run: TrainingRun) {
        lastProgress = RunRecord.Progress()
        hasBegun = true
    }

    public func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws {
        record.add(report)
        guard clock.isLookDue else { return }
        let progress = RunRecord.Progress(
            samples: Double(report.samples), seconds: report.seconds, waited: report.waitSeconds)
        look(run)
        if let lastProgress { record.add(from: lastProgress, to: progress) }
        lastProgress = progress
        if clock.isLongEpochPageDue { try writeNoting(run) }
    }

    public func validationBatchDidEnd(_ run: TrainingRun) {
        if clock.isLookDue { look(run) }
    }

    public func blockWasSkipped(_ error: DataError, _ run: TrainingRun) {
        record.notes.add("skipped: \(error.description)")
    }

    public func noteWasMade(_ note: String, _ run: TrainingRun) { record.notes.add(note) }

    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws {
        record.add(report)
        look(run)
        if let lastProgress {
            record.add(
                from: lastProgress,
                to: .init(
                    samples: Double(report.samples), seconds: report.seconds, waited: report.data.waitSeconds))
        }
        lastProgress = nil
        if clock.isPageDue { try writeNoting(run) }
    }

    public func trainDidEnd(_ run: TrainingRun) throws {
        isRestored = false
        record.status = run.isInterrupted ? .stopped : .done
        if !run.isInterrupted, run.epoch < run.epochs {
            record.notes.add("ended before the last epoch, after \(run.epoch) of \(run.epochs)")
        }
        look(run)
        do {
            try write(run, syncs: true)
        } catch {
            guard keepsLastError else { throw error }
            lastError = error
        }
    }

    /// The page says why, if it can still be written; the error itself is the caller's.
    public func trainDidFail(_ error: any Error, _ run: TrainingRun) {
        isRestored = false
        guard hasBegun else { return }
        record.status = .failed("\(error)")
        look(run)
        try? write(run, syncs: true)
    }

    /// Throws what kept the last page from being written.
    package func checkWritten() throws { if let lastError { throw lastError } }

    /// Looks at the clock and at memory.
    private func look(_ run: TrainingRun) {
        record.seconds += clock.look()
        record.addMemory(run.model.ledger)
    }

    /// Writes the page; when that cannot be it says so once, and the run goes on.
    private func writeNoting(_ run: TrainingRun) throws {
        do {
            try write(run, syncs: false)
            hasFailed = false
        } catch {
            guard !hasFailed else { return }
            hasFailed = true
            try run.note("warning: the report is not up to date: \(error)")
        }
    }

    private func write(_ run: TrainingRun, syncs: Bool) throws {
        clock.pageWillBegin()
        defer { clock.pageDidEnd() }
        record.addPeaks(run.model.ledger)
        let page = ReportPage(
            title: title ?? run.model.name, record: record, settings: settings,
            layers: LayerTable(run.model.layerSummary), plan: run.plan?.accounts ?? [], cap: RunSettings.cap(of: run),
            planRemarks: [run.plan?.shuffleSummary, run.plan?.stepSummary].compactMap { $0 }, epochs: run.epochs)
        let file = try PageFile(path)
        try page.write { try file.append($0) }
        try file.commit(syncs: syncs)
    }

    public var state: CallbackState { record.state }

    public func restore(_ state: CallbackState) {
        let earlier = record
        record = RunRecord(state)
        record.status = earlier.status
        (isRestored, hasBegun) = (true, true)
    }
}
