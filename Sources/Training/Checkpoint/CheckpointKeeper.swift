import DataSource
import Glibc
import Memory
import NeuralNetwork

/// Writes the checkpoints of one run, and finds the one from which it goes on.
final class CheckpointKeeper {
    let checkpointing: Checkpointing
    let model: Model
    let settings: [CheckpointSetting]
    let environment = Model.checkpointEnvironment
    let directory: CheckpointDirectory
    /// Of each of the optimizer's parts.
    var learningRates: CheckpointRecord.FirstAndNow<[Float?]>
    var frozen: CheckpointRecord.FirstAndNow<[String]>
    private var number: Int
    /// The numbers of files that are not whole.
    var damaged: Set<Int> = []
    /// Since the run began, also in other processes.
    var batches = 0
    /// The batches at the time of the last checkpoint.
    var savedBatches = -1
    private var unsynced: UnsyncedFile?
    /// When a checkpoint was written last, or the run began.
    var lastEnd = ContinuousClock.now
    private var lastSeconds = 0.0

    /// Opens the directory.
    ///
    /// - Parameter run: what must be the same when the run goes on, beside the model, its compilation and the data.
    /// - Throws: `TrainingError` of kind `.output` when that cannot be, or when the directory holds checkpoints that
    ///   the run does not go on from.
    init(
        _ checkpointing: Checkpointing, _ model: Model, _ run: [CheckpointSetting]
    ) throws(TrainingError) {
        try checkpointing.check()
        self.checkpointing = checkpointing
        self.model = model
        settings = try model.checkpointSettings() + run
        do throws(OutputError) {
            directory = try CheckpointDirectory(checkpointing.directory)
            number = try directory.numbers().first ?? 0
            guard number == 0 || checkpointing.resumes else {
                throw OutputError(
                    path: "checkpoints in \(directory.path)", stage: .create, code: EEXIST,
                    reason: "there are some of an earlier run; go on from them with --resume "
                        + "(Checkpointing(resumes: true)), or name another directory")
            }
        } catch { throw TrainingError(error) }
        let rates = self.model.chosenLearningRates
        learningRates = .init(first: rates, now: rates)
        let names = self.model.frozenLayers
        frozen = .init(first: names, now: names)
    }

    /// After a batch and all that callbacks do then.
    func batchDidEnd(_ run: TrainingRun, _ feed: FitFeed) throws {
        batches += 1
        guard !run.isAbandoned, run.isInterrupted || isDue else { return }
        try save(run, feed)
    }

    private var isDue: Bool {
        switch checkpointing.interval {
        case .updates(let count): batches % count == 0
        case .automatic: lastEnd.secondsToNow >= max(Self.shortestInterval, lastSeconds * Self.secondsPerSecond)
        }
    }

    private static let shortestInterval = 60.0
    /// Seconds of training for each second of writing.
    private static let secondsPerSecond = 100.0

    /// After the last batch of an epoch, before its validation. A run that ends later, before the next checkpoint,
    /// does the validation again.
    func epochWillEnd(_ run: TrainingRun, _ feed: FitFeed) throws {
        if savedBatches != batches, !run.isAbandoned { try save(run, feed) }
    }

    /// When this returns, all checkpoints are on the disk.
    func finish() throws(TrainingError) {
        do { try syncLast() } catch { throw TrainingError(error) }
    }

    private func save(_ run: TrainingRun, _ feed: FitFeed) throws {
        learningRates.now = model.chosenLearningRates
        frozen.now = model.frozenLayers
        let record = CheckpointRecord(
            settings: settings, environment: environment, stream: try feed.state, statistics: feed.statistics,
            reportedBlocks: feed.reportedBlocks, position: run.position, batches: batches,
            iterations: model.iterations, seed: model.seed, learningRates: learningRates, frozen: frozen,
            history: run.history,
            callbacks: try zip(CheckpointRecord.names(of: run.callbacks), run.callbacks).map {
                .init(name: $0, state: try $1.state)
            } + (run.loopState == CallbackState() ? [] : [.init(name: CheckpointRecord.loop, state: run.loopState)]))
        checkpointing.observe(.writingWillBegin)
        do {
            try write(record, syncs: checkpointing.keep == 1 || run.isInterrupted)
        } catch let error as OutputError {
            throw TrainingError(error)
        }
        savedBatches = batches
        lastEnd = .now
    }

    private func write(_ record: CheckpointRecord, syncs: Bool) throws {
        let begin = ContinuousClock.now
        let path = directory.file(number + 1)
        let bytes = try Session.of(model).write(record, to: path, syncs: syncs)
        number += 1
        try syncLast()
        if !syncs { unsynced = UnsyncedFile(path) }
        try directory.prune(keep: checkpointing.keep, damaged: damaged)
        lastSeconds = begin.secondsToNow
        checkpointing.observe(.writingDidEnd(path: path, bytes: bytes, seconds: lastSeconds))
    }

    // The system writes a checkpoint to the disk while training goes on. Until it is there the one before is kept: what
    // a machine without power leaves of the newest is found out by its checksum.
    private func syncLast() throws(OutputError) {
        guard let file = unsynced else { return }
        unsynced = nil
        try file.sync()
    }
}

/// A file that has its name and is not on the disk yet.
private final class UnsyncedFile {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func sync() throws(OutputError) {
        guard descriptor >= 0 else { return }
        guard fsync(descriptor) == 0 else { throw OutputError(path: path, stage: .write, code: errno) }
        AtomicOutput.syncDirectory(of: path)
    }
}

extension TrainingError {
    init(_ error: OutputError) { self.init(.output, error.description, underlying: error) }
}

extension Model {
    /// The step sizes that somebody chose, of each of the optimizer's parts.
    var chosenLearningRates: [Float?] { compilation?.optimizer.chosenLearningRates ?? [] }
}
