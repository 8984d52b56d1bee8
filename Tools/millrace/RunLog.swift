import DataSource
import Glibc
import JSONText
import Memory
import Training

/// `--log`: one JSON object a line, each whole on disk before the run goes on.
final class RunLog: Callback {
    private let path: String
    private let descriptor: Int32
    private let every: Int
    private var updates = 0

    init(_ path: String, every: Int) throws(CommandFailure) {
        self.path = path
        self.every = every
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
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
        try line(.object(members))
    }

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
