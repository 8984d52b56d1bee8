public import DataSource
import JSONText
public import Memory
internal import Workers

/// A log of a run, one JSON object a line. Lines are written whole, and before the run goes on, but those of updates that
/// follow each other fast: these come together, with the first update a tenth of a second later, or before whatever else
/// comes: validation, a checkpoint, another line, the end. What kills the process takes those that wait.
///
///     {"event":"batch","epoch":1,"step":1,"loss":…,"batch_loss":…,…metrics,"learning_rate":…}
///     {"event":"epoch","epoch":1,"loss":…,…metrics,"val_loss":…,"samples":…,"seconds":…,…}
///
/// `loss` and metrics of a batch are means since the epoch began, `batch_loss` is its own. Blocks that were skipped have lines
/// (`bad_block`), and notes of other callbacks (`note`). Figures that are no numbers are null. A run that is resumed from a
/// checkpoint drops the lines behind it and goes on.
public final class JSONLinesLog: Callback {
    private let file: AppendedFile
    private let every: Int
    private var updates = 0
    /// Updates without lines yet: many small writes, and text made on a cold cache, cost fast steps some percent.
    private var waiting: [BatchReport] = []
    private var lastWrite = ContinuousClock.now
    /// Lines in front of the first epoch; a run that is resumed has them already.
    private var opening: [JSONValue] = []

    /// Creates the file, so that one that cannot be written is found out before the work; what it held is dropped when
    /// the first epoch begins.
    ///
    /// - Parameter every: a line for every so many updates.
    public init(_ path: String, every: Int = 1) throws {
        guard every > 0 else { throw TrainingError(.usage, "log every \(every) updates, expected a positive number") }
        self.every = every
        file = try AppendedFile(path)
    }

    /// A line in front of the first epoch: how memory is divided, and the order of samples.
    public func plan(_ plan: MemoryPlan, _ source: any Source, _ settings: FitSettings) {
        var members: [JSONValue.Member] = [.init(key: "event", value: .string("plan"))]
        members.append(.init(key: "cap_bytes", value: plan.cap.map { .integer($0.bytes) } ?? .null))
        for (name, bytes) in plan.accounts { members.append(.init(key: "\(name)_bytes", value: .integer(bytes))) }
        members += [
            .init(key: "micro_batch", value: .integer(min(plan.microBatch, source.rowCount))),
            .init(key: "accumulate", value: .integer(plan.accumulate)),
            .init(key: "stored_activations_bytes", value: plan.storedActivationsBytes.map { .integer($0) } ?? .null),
            .init(key: "samples", value: .integer(source.rowCount)),
            .init(
                key: "shuffle",
                value: .object([
                    "policy": .string(settings.shuffle.rawValue), "chi2_per_df": .number(plan.chiSquaredPerDegree),
                    "remedy": plan.shuffleRemedy.map(JSONValue.string) ?? .null,
                ])),
            .init(
                key: "openmp_wait",
                value: (OpenMPWaiting.current?.rawValue ?? OpenMPWaiting.given).map(JSONValue.string) ?? .null),
            .init(key: "through_library", value: .array(source.slowColumns.map(JSONValue.string))),
        ]
        opening.append(.object(members))
    }

    public func epochWillBegin(_ run: TrainingRun) throws { try write([]) }

    public func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws {
        updates += 1
        guard updates % every == 0 else { return }
        waiting.append(report)
        if waiting.count == 1024 || ContinuousClock.now - lastWrite >= .milliseconds(100) { try flush() }
    }

    private static func line(_ report: BatchReport) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(key: "event", value: .string("batch")), .init(key: "epoch", value: .integer(report.epoch)),
            .init(key: "step", value: .integer(report.step)), .init(key: "loss", value: .number(report.logs.loss)),
            .init(key: "batch_loss", value: .number(report.batchLoss)),
        ]
        members += report.logs.metrics.map { .init(key: $0.name, value: .number($0.value)) }
        members.append(.init(key: "learning_rate", value: .number(Double(report.learningRate.description)!)))
        return .object(members)
    }

    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws {
        var members: [JSONValue.Member] = [
            .init(key: "event", value: .string("epoch")), .init(key: "epoch", value: .integer(report.epoch)),
        ]
        members += report.figures.map { .init(key: $0.name, value: .number($0.value)) }
        members += [
            .init(key: "samples", value: .integer(report.samples)),
            .init(key: "seconds", value: .number(report.seconds)),
            .init(key: "samples_per_second", value: .number(report.samplesPerSecond)),
            .init(key: "wait_fraction", value: .number(report.waitFraction)),
            .init(key: "stored_bytes_read", value: .integer(report.storedBytesRead)),
            .init(key: "peak_rss_bytes", value: .integer(report.peakResidentBytes)),
            .init(key: "plans", value: .integer(report.planning.plans)),
            .init(key: "planning_seconds", value: .number(report.planning.seconds)),
            .init(key: "rss_bytes", value: .integer(ProcessMemory.residentBytes)),
            .init(key: "data", value: report.data.logFields),
        ]
        try write(.object(members))
    }

    public func blockWasSkipped(_ error: DataError, _ run: TrainingRun) throws {
        try write(
            .object([
                "event": .string("bad_block"), "file": error.file.map(JSONValue.string) ?? .null,
                "dataset": error.dataset.map(JSONValue.string) ?? .null,
                "block": error.block.map(JSONValue.integer) ?? .null,
                "first_row": error.rows.map { .integer($0.lowerBound) } ?? .null,
                "rows": error.rows.map { .integer($0.count) } ?? .null, "message": .string(error.message),
            ]))
    }

    public func noteWasMade(_ note: String, _ run: TrainingRun) throws {
        try write(
            .object(["event": .string("note"), "epoch": .integer(run.epoch), "message": .string(note)]))
    }

    /// The last line.
    ///
    /// - Parameters:
    ///   - status: `done`, `stopped`, …
    ///   - out: the model's file, if one was written.
    ///   - ledger: what memory the accounts held at most.
    public func end(_ status: String, epochs: Int, out: String?, ledger: MemoryLedger) throws {
        try write(
            .object([
                "event": .string("end"), "status": .string(status), "epochs": .integer(epochs),
                "peak_rss_bytes": .integer(ProcessMemory.peakResidentBytes), "out": out.map(JSONValue.string) ?? .null,
                "peak_account_bytes": .object(
                    MemoryAccount.allCases.map { account in
                        .init(key: "\(account)", value: .integer(ledger.peak(of: account)))
                    }),
            ]))
    }

    private func write(_ line: JSONValue) throws { try write([line]) }

    private func write(_ lines: [JSONValue]) throws {
        let all = opening + waiting.map(Self.line) + lines
        // Also where writing fails: nothing is written twice.
        opening = []
        waiting.removeAll(keepingCapacity: true)
        lastWrite = .now
        try file.append(all.map { $0.text(isStrict: true) + "\n" }.joined())
    }

    private func flush() throws {
        if !waiting.isEmpty { try write([]) }
    }

    public func validationWillBegin(_ run: TrainingRun) throws { try flush() }

    public func trainDidEnd(_ run: TrainingRun) throws { try flush() }

    public func trainDidFail(_ error: any Error, _ run: TrainingRun) { try? flush() }

    public var state: CallbackState {
        get throws {
            try flush()
            return CallbackState(numbers: ["updates": Double(updates), "length": Double(try file.durableLength)])
        }
    }

    public func restore(_ state: CallbackState) {
        updates = state.integer("updates")
        waiting = []
        let length = state.integer("length")
        file.goOn(behind: length)
        if length > 0 { opening = [] }
    }
}

extension StreamStatistics {
    /// The stages of reading as a log line has them.
    fileprivate var logFields: JSONValue {
        .object([
            "read_bytes": .integer(storedBytesRead), "read_seconds": .number(readSeconds),
            "read_retries": .integer(readRetries), "decoded_blocks": .integer(blocksDecoded),
            "decoded_bytes": .integer(decodedBytes),
            "decode_seconds": .number(decodeSeconds), "filled_bytes": .integer(filledBytes),
            "fill_seconds": .number(fillSeconds), "wait_seconds": .number(waitSeconds),
            "worker_busy": .array(workerBusyShares.map { .number($0) }), "active_workers": .integer(activeWorkers),
            "queue_fill": .number(meanQueueFill), "queue_limit": .integer(queueLimit),
            "skipped_blocks": .integer(skippedBlocks), "skipped_samples": .integer(skippedSamples),
        ])
    }
}
