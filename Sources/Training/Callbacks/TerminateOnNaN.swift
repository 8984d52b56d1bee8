import DataSource

/// Ends a run when the loss of a batch is not a number, and says which batch it was: epoch, step, file, blocks and rows.
///
/// Keras looks at the mean since the epoch began and names the step only. The run ends at once, without the validation that
/// Keras still makes. The update of that batch is made already, so the weights are not to be used, and no checkpoint is made of
/// them; one from before is.
public final class TerminateOnNaN: Callback {
    /// Whether the run ends with an error.
    public let raisesError: Bool
    /// The batch that ended the last run; nil when none did.
    public private(set) var batch: BatchIdentity?

    public init(raisesError: Bool = false) { self.raisesError = raisesError }

    public func trainWillBegin(_ run: TrainingRun) { batch = nil }

    public func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws {
        guard !report.batchLoss.isFinite, batch == nil else { return }
        let identity = run.batchIdentity
        batch = identity
        let message = "the loss is \(report.batchLoss) at \(identity)"
        guard !raisesError else { throw TrainingError(.data, message) }
        run.abandon()
        try run.note("\(message); the run ends")
    }
}

/// Where the rows of a batch come from.
public struct BatchIdentity: Sendable, Equatable, CustomStringConvertible {
    /// From 1.
    public let epoch: Int
    /// The update in its epoch, from 1.
    public let step: Int
    /// Numbers of the rows in the source; empty when they are not known.
    public let rows: [Int]
    /// The files that hold the rows, each once.
    public let files: [String]
    /// The blocks of the source that hold the rows, each once.
    public let blocks: [Int]

    init(epoch: Int, step: Int, rows: [Int], source: (any Source)?) {
        self.epoch = epoch
        self.step = step
        self.rows = rows
        guard let source else {
            (files, blocks) = ([], [])
            return
        }
        let inside = rows.filter { $0 >= 0 && $0 < source.rowCount }
        var files: [String] = []
        for row in inside {
            if let file = source.location(ofRow: row).file, !files.contains(file) { files.append(file) }
        }
        self.files = files
        blocks = Set(inside.map { source.blocks.index(of: $0) }).sorted()
    }

    /// `step 7 of epoch 2: train.h5, blocks 3, 5, rows 96, 101, … (32 in all)`.
    public var description: String {
        func list(_ noun: String, _ numbers: [Int]) -> String {
            let shown = numbers.prefix(8).map(String.init).joined(separator: ", ")
            return (numbers.count == 1 ? "\(noun) " : "\(noun)s ") + shown
                + (numbers.count > 8 ? ", … (\(numbers.count) in all)" : "")
        }
        var parts = files
        if !blocks.isEmpty { parts.append(list("block", blocks)) }
        if !rows.isEmpty { parts.append(list("row", rows)) }
        return "step \(step) of epoch \(epoch)" + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
    }
}
