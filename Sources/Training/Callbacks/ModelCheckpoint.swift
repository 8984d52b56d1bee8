import Glibc
import Memory
public import NeuralNetwork

/// Saves the model while a run goes on. Keras's callback of this name.
///
/// The path may have figures in it: `{epoch}` and `{batch}` from 1, `{val_loss:.4f}` and any other figure of the report, in
/// Python's form. A path without them always holds the last model, or the best one. Directories are made.
///
/// What is saved is the model; to go on with a run exactly where it was killed, callbacks and position included, takes a
/// checkpoint of the run.
public final class ModelCheckpoint: Callback {
    /// Writes a model to a path; a file that is there must stay whole until the new one is.
    public typealias Save = (_ model: Model, _ path: String) throws -> Void

    /// When the model is saved.
    public enum Frequency: Sendable, Hashable {
        /// When an epoch ends.
        case epoch
        /// After so many updates, counted over epochs. Figures are then means since the epoch began.
        case updates(Int)
    }

    public let monitor: Monitor
    public let saveBestOnly: Bool
    public let frequency: Frequency
    public let keepNewest: Int?
    /// The best value so far, among those of `saveBestOnly`.
    public private(set) var best: Double?
    /// The epoch of the last file, from 1; nil before there is one.
    public private(set) var savedEpoch: Int?
    /// Files of this run that are there, the newest last.
    public private(set) var savedPaths: [String] = []
    private let pattern: PathPattern
    private let threshold: Double?
    private let save: Save
    private var updates = 0
    private var isRestored = false

    /// - Parameters:
    ///   - path: with figures in it or without.
    ///   - monitor: the figure that decides which model is the best.
    ///   - saveBestOnly: saves only a model that is better than all before. Keras cannot do that between epochs.
    ///   - keepNewest: how many files of this run stay; older ones are removed. Nil: all.
    ///   - initialValueThreshold: a value that the first model has to be better than.
    ///   - save: writes the model.
    /// - Throws: `TrainingError` for a path pattern or a number that cannot be meant.
    public init(
        _ path: String, monitor: String = "val_loss", saveBestOnly: Bool = false, mode: Monitor.Mode = .auto,
        frequency: Frequency = .epoch, keepNewest: Int? = nil, initialValueThreshold: Double? = nil,
        save: @escaping Save
    ) throws(TrainingError) {
        pattern = try PathPattern(path)
        if case .updates(let count) = frequency, count < 1 {
            throw TrainingError(.usage, "ModelCheckpoint: every \(count) updates, expected a positive number")
        }
        if let keepNewest, keepNewest < 1 {
            throw TrainingError(.usage, "ModelCheckpoint: keepNewest is \(keepNewest), expected a positive number")
        }
        self.monitor = Monitor(monitor, mode: mode)
        self.saveBestOnly = saveBestOnly
        self.frequency = frequency
        self.keepNewest = keepNewest
        self.save = save
        threshold = initialValueThreshold
        best = threshold
    }

    public func trainWillBegin(_ run: TrainingRun) {
        defer { isRestored = false }
        guard !isRestored else { return }
        // As in Keras, what was best stays so over several runs of one callback; the files of the others stay, too.
        (updates, savedPaths, savedEpoch) = (0, [], nil)
    }

    public func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws {
        guard case .updates(let count) = frequency else { return }
        updates += 1
        guard updates >= count else { return }
        updates = 0
        let value = saveBestOnly ? try monitor.value(in: report) : nil
        try offer(value, run, report.logs.all, [("epoch", report.epoch), ("batch", report.step)])
    }

    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws {
        guard frequency == .epoch, !run.isInterrupted else { return }
        var value: Double?
        if saveBestOnly {
            value = try monitor.value(in: report, run)
            // Without a figure nothing says that the model is the best.
            guard value != nil else { return }
        }
        try offer(value, run, report.figures, [("epoch", report.epoch)])
    }

    /// - Parameter value: the monitored figure, when it decides.
    private func offer(
        _ value: Double?, _ run: TrainingRun, _ figures: [(name: String, value: Double)],
        _ counts: [(name: String, value: Int)]
    ) throws {
        if let value {
            guard try monitor.isImprovement(value, over: best, run) else { return }
        }
        let path = try pattern.path(counts: counts, figures: figures)
        if let slash = path.lastIndex(of: "/") { try makeDirectories(String(path[..<slash])) }
        try save(run.model, path)
        savedEpoch = run.epoch
        savedPaths.removeAll { $0 == path }
        savedPaths.append(path)
        while let keepNewest, savedPaths.count > keepNewest { unlink(savedPaths.removeFirst()) }
        guard let value else { return }
        let change = best.map { "improved from \(ProgressLine.format($0)) to" } ?? "is"
        best = value
        try run.note("epoch \(run.epoch): \(monitor.name) \(change) \(ProgressLine.format(value)); saved \(path)")
    }

    public func trainDidEnd(_ run: TrainingRun) { isRestored = false }

    public var state: CallbackState {
        var state = CallbackState(numbers: ["updates": Double(updates)])
        state.numbers["best"] = best
        state.numbers["saved_epoch"] = savedEpoch.map(Double.init)
        state.set(savedPaths, "paths")
        return state
    }

    public func restore(_ state: CallbackState) {
        updates = state.integer("updates")
        best = state.numbers["best"] ?? threshold
        savedEpoch = state.numbers["saved_epoch"].map { Int($0) }
        savedPaths = state.texts("paths") ?? []
        isRestored = true
    }
}
