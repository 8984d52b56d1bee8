import DataSource
import Glibc
import JSONText
import Memory
import Training

/// `--log`: one JSON object a line, each whole on disk before the run goes on.
///
/// A run that is resumed continues the file: the lines behind the checkpoint are cut off, since they come again.
final class RunLog: Callback {
    private let path: String
    private let descriptor: Int32
    private let every: Int
    private var updates = 0
    /// The first line, until it is known whether the file is continued.
    private var firstLine: JSONValue?
    private let continues: Bool

    /// - Parameter continues: whether a checkpoint may restore what the file was.
    init(_ path: String, every: Int, continues: Bool = false) throws(CommandFailure) {
        self.path = path
        self.every = every
        self.continues = continues
        descriptor = open(path, O_WRONLY | O_CREAT | (continues ? 0 : O_TRUNC) | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CommandFailure(.cannotCreate, "cannot create \(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    func plan(
        _ plan: MemoryPlan, samples: Int, slowColumns: [String], _ settings: FitSettings
    ) throws(CommandFailure) {
        var members: [JSONValue.Member] = [.init(key: "event", value: .string("plan"))]
        members.append(.init(key: "cap_bytes", value: plan.cap.map { .integer($0.bytes) } ?? .null))
        for (name, bytes) in plan.accounts { members.append(.init(key: "\(name)_bytes", value: .integer(bytes))) }
        members += [
            .init(key: "micro_batch", value: .integer(min(settings.batchSize, samples))),
            .init(key: "accumulate", value: .integer(1)), .init(key: "samples", value: .integer(samples)),
            .init(
                key: "shuffle",
                value: .object([
                    "policy": .string(settings.shuffle.rawValue), "chi2_per_df": .number(plan.chiSquaredPerDegree),
                    "remedy": plan.shuffleRemedy.map(JSONValue.string) ?? .null,
                ])),
            .init(key: "through_library", value: .array(slowColumns.map(JSONValue.string))),
        ]
        if continues { firstLine = .object(members) } else { try line(.object(members)) }
    }

    func epochWillBegin(_ run: TrainingRun) throws { try begin() }

    func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws {
        updates += 1
        guard updates % every == 0 else { return }
        var members: [JSONValue.Member] = [
            .init(key: "event", value: .string("batch")), .init(key: "epoch", value: .integer(report.epoch)),
            .init(key: "step", value: .integer(report.step)), .init(key: "loss", value: .number(report.logs.loss)),
            .init(key: "batch_loss", value: .number(report.batchLoss)),
        ]
        members += report.logs.metrics.map { .init(key: $0.name, value: .number($0.value)) }
        members.append(.init(key: "learning_rate", value: .number(Double(report.learningRate.description)!)))
        try line(.object(members))
    }

    func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws {
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
            .init(key: "data", value: report.data.logFields),
        ]
        try line(.object(members))
    }

    func blockWasSkipped(_ error: DataError, _ run: TrainingRun) throws {
        try line(
            .object([
                "event": .string("bad_block"), "file": error.file.map(JSONValue.string) ?? .null,
                "dataset": error.dataset.map(JSONValue.string) ?? .null,
                "block": error.block.map(JSONValue.integer) ?? .null,
                "first_row": error.rows.map { .integer($0.lowerBound) } ?? .null,
                "rows": error.rows.map { .integer($0.count) } ?? .null, "message": .string(error.message),
            ]))
    }

    func end(_ status: String, epochs: Int, out: String?, ledger: MemoryLedger) throws(CommandFailure) {
        try line(
            .object([
                "event": .string("end"), "status": .string(status), "epochs": .integer(epochs),
                "peak_rss_bytes": .integer(ProcessMemory.peakResidentBytes), "out": out.map(JSONValue.string) ?? .null,
                "peak_account_bytes": .object(
                    MemoryAccount.allCases.map { account in
                        .init(key: "\(account)", value: .integer(ledger.peak(of: account)))
                    }),
            ]))
    }

    private func line(_ value: JSONValue) throws(CommandFailure) {
        try begin()
        try append(value)
    }

    /// Begins the file anew, unless a checkpoint has restored it.
    private func begin() throws(CommandFailure) {
        guard let first = firstLine else { return }
        firstLine = nil
        ftruncate(descriptor, 0)
        try append(first)
    }

    private func append(_ value: JSONValue) throws(CommandFailure) {
        // Numbers that are not numbers are no JSON: null says so to every parser.
        let text = Array((value.replacingNonFinite().text() + "\n").utf8)
        var written = 0
        while written < text.count {
            let count = text.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw CommandFailure(.inputOutput, "writing \(path) failed: \(String(cString: strerror(errno)))")
            }
            written += count
        }
    }
}

extension RunLog {
    /// How long the file is; it is on the disk then, since a checkpoint counts on it.
    var state: CallbackState {
        fdatasync(descriptor)
        var numbers = ["updates": Double(updates)]
        let end = lseek(descriptor, 0, SEEK_CUR)
        if end > 0 { numbers["bytes"] = Double(end) }
        return CallbackState(numbers: numbers)
    }

    func restore(_ state: CallbackState) throws {
        updates = Int(state.numbers["updates"] ?? 0)
        var information = stat()
        guard let bytes = state.numbers["bytes"].map({ off_t($0) }), fstat(descriptor, &information) == 0,
            information.st_size > 0
        else { return }
        firstLine = nil
        if information.st_size < bytes {
            printError("millrace: warning: \(path) lacks lines: it has \(information.st_size) bytes, expected \(bytes)")
        } else if ftruncate(descriptor, bytes) != 0 {
            throw CommandFailure(.inputOutput, "writing \(path) failed: \(String(cString: strerror(errno)))")
        }
        lseek(descriptor, 0, SEEK_END)
    }
}

extension StreamStatistics {
    /// The stages of reading as a log line has them.
    fileprivate var logFields: JSONValue {
        .object([
            "read_bytes": .integer(storedBytesRead), "read_seconds": .number(readSeconds),
            "decoded_blocks": .integer(blocksDecoded), "decoded_bytes": .integer(decodedBytes),
            "decode_seconds": .number(decodeSeconds), "filled_bytes": .integer(filledBytes),
            "fill_seconds": .number(fillSeconds), "wait_seconds": .number(waitSeconds),
            "worker_busy": .array(workerBusyShares.map { .number($0) }), "active_workers": .integer(activeWorkers),
            "queue_fill": .number(meanQueueFill), "queue_limit": .integer(queueLimit),
            "skipped_blocks": .integer(skippedBlocks), "skipped_samples": .integer(skippedSamples),
        ])
    }
}

extension JSONValue {
    /// The value with null in place of NaN and infinities.
    func replacingNonFinite() -> JSONValue {
        switch self {
        case .number(let value) where !value.isFinite: .null
        case .array(let elements): .array(elements.map { $0.replacingNonFinite() })
        case .object(let members): .object(members.map { .init(key: $0.key, value: $0.value.replacingNonFinite()) })
        default: self
        }
    }
}
