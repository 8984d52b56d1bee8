import DataSource
import Glibc
import Memory
import NeuralNetwork

/// Writes the checkpoints of one run, and finds the one from which it goes on.
final class CheckpointKeeper {
    private let checkpointing: Checkpointing
    private let model: Model
    private let settings: [CheckpointSetting]
    private let environment = Model.checkpointEnvironment
    private let directory: CheckpointDirectory
    private var learningRate: CheckpointRecord.FirstAndNow<Double>
    private var frozen: CheckpointRecord.FirstAndNow<[String]>
    private var number: Int
    private var damaged: Set<Int> = []
    private var batches = 0
    /// The batches at the time of the last checkpoint.
    private var savedBatches = -1
    private var unsynced: UnsyncedFile?
    private var lastEnd = ContinuousClock.now
    private var lastSeconds = 0.0

    /// Opens the directory.
    ///
    /// - Throws: `TrainingError` of kind `.output` when that cannot be, or when the directory holds checkpoints that the
    ///   run does not go on from.
    init(
        _ checkpointing: Checkpointing, _ model: Model, _ fit: FitSettings, validation: (any Source)?
    ) throws(TrainingError) {
        try checkpointing.check()
        self.checkpointing = checkpointing
        self.model = model
        let model = try model.checkpointSettings()
        do { settings = model + (try fit.checkpointSettings(validation: validation)) } catch {
            throw TrainingError(error)
        }
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
        let rate = Double(self.model.learningRate ?? 0)
        learningRate = .init(first: rate, now: rate)
        let names = self.model.frozenLayers
        frozen = .init(first: names, now: names)
    }

    // MARK: Going on

    /// A checkpoint that is whole, and of this run.
    struct Found {
        let number: Int
        let file: CheckpointReader
        let record: CheckpointRecord
    }

    /// The newest whole checkpoint; nil when the run begins anew.
    ///
    /// - Throws: `TrainingError` when it is of another run, or when there are checkpoints and none is whole.
    func newest(epochs: Int) throws -> Found? {
        guard checkpointing.resumes else { return nil }
        let numbers = try directory.numbers()
        for number in numbers {
            let path = directory.file(number)
            do {
                let file = try CheckpointReader(path)
                let found = Found(number: number, file: file, record: try CheckpointRecord(file))
                try check(found.record, path, epochs: epochs)
                return found
            } catch let damage as CheckpointReader.Damage {
                damaged.insert(number)
                warn("\(path) is damaged and left out: \(damage)")
            }
        }
        guard numbers.isEmpty else {
            throw TrainingError(
                .checkpoint,
                "none of the \(numbers.count) checkpoints in \(directory.path) is whole; remove them to start anew")
        }
        note("\(directory.path) holds no checkpoint: the run starts anew")
        return nil
    }

    private func check(_ record: CheckpointRecord, _ path: String, epochs: Int) throws(TrainingError) {
        var differences = CheckpointSetting.differences(expected: record.settings, found: settings)
        if !record.learningRate.contains(learningRate.first) {
            differences.append(
                "learning rate: expected \(Float(record.learningRate.first)), found \(Float(learningRate.first))")
        }
        if !record.frozen.contains(frozen.first) {
            func text(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
            differences.append(
                "frozen layers: expected \(text(record.frozen.first)), found \(text(frozen.first))")
        }
        if record.position.epoch > epochs {
            differences.append("epochs: expected at least \(record.position.epoch), found \(epochs)")
        }
        guard differences.isEmpty else {
            throw TrainingError(
                .checkpoint,
                "\(path) is of another run: \(differences.joined(separator: "; ")); resume with the model, data and "
                    + "settings of that run, or start anew in another directory")
        }
    }

    /// Puts the model and the run where the checkpoint was.
    func restore(_ found: Found, _ run: TrainingRun, _ feed: FitFeed) throws {
        let record = found.record
        for difference in CheckpointSetting.differences(expected: record.environment, found: environment) {
            warn("\(found.file.path): \(difference): the last bits of results may differ from a run without a break")
        }
        model.freeze(record.frozen.now)
        let session = Session.of(model)
        session.followTrainableFlags()
        do {
            try session.restore(from: found.file)
        } catch let damage as CheckpointReader.Damage {
            throw TrainingError(.checkpoint, "\(found.file.path): \(damage)", underlying: damage)
        }
        if record.learningRate.now != Double(model.learningRate ?? 0) {
            model.learningRate = Float(record.learningRate.now)
        }
        model.iterations = record.iterations
        model.seed = record.seed
        learningRate.first = record.learningRate.first
        frozen.first = record.frozen.first
        batches = record.batches
        savedBatches = batches
        feed.resume(record.statistics, reported: record.reportedBlocks)
        run.resume(at: record.position, history: record.history)
        try restoreCallbacks(record, run)
        checkpointing.observe(.resumed(path: found.file.path))
        note(
            "resumed from \(found.file.path): epoch \(record.position.epoch), step \(record.position.step), "
                + "\(record.iterations) updates")
        lastEnd = .now
    }

    private func restoreCallbacks(_ record: CheckpointRecord, _ run: TrainingRun) throws {
        var states = Dictionary(record.callbacks.map { ($0.name, $0.state) }) { first, _ in first }
        for (name, callback) in zip(CheckpointRecord.names(of: run.callbacks), run.callbacks) {
            guard let state = states.removeValue(forKey: name) else { continue }
            try callback.restore(state)
        }
        for (name, state) in states.sorted(by: { $0.key < $1.key }) where state != CallbackState() {
            note("the run had a callback \(name), which this one does not have: what it remembered is left out")
        }
    }

    private func note(_ text: String) { checkpointing.observe(.note(text)) }
    private func warn(_ text: String) { checkpointing.observe(.warning(text)) }

    // MARK: Writing

    /// After a batch and all that callbacks do then.
    func batchDidEnd(_ run: TrainingRun, _ feed: FitFeed) throws {
        batches += 1
        guard run.isInterrupted || isDue else { return }
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

    /// After the last batch of an epoch, before its validation. A run that ends later, before the next checkpoint, does the
    /// validation again.
    func epochWillEnd(_ run: TrainingRun, _ feed: FitFeed) throws {
        if savedBatches != batches { try save(run, feed) }
    }

    /// When this returns, all checkpoints are on the disk.
    func finish() throws(TrainingError) {
        do { try syncLast() } catch { throw TrainingError(error) }
    }

    private func save(_ run: TrainingRun, _ feed: FitFeed) throws {
        learningRate.now = Double(model.learningRate ?? 0)
        frozen.now = model.frozenLayers
        let record = CheckpointRecord(
            settings: settings, environment: environment, stream: try feed.state, statistics: feed.statistics,
            reportedBlocks: feed.reportedBlocks, position: run.position, batches: batches,
            iterations: model.iterations, seed: model.seed, learningRate: learningRate, frozen: frozen,
            history: run.history,
            callbacks: zip(CheckpointRecord.names(of: run.callbacks), run.callbacks).map {
                .init(name: $0, state: $1.state)
            })
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

extension ContinuousClock.Instant {
    fileprivate var secondsToNow: Double {
        let duration = duration(to: .now).components
        return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    }
}

extension Model {
    /// The layers that are not trained, with their places among all.
    fileprivate var frozenLayers: [String] {
        allLayers.enumerated().filter { !$1.isTrainable }.map { "\($0) \($1.name)" }
    }

    fileprivate func freeze(_ names: [String]) {
        for (index, layer) in allLayers.enumerated() { layer.isTrainable = !names.contains("\(index) \(layer.name)") }
    }
}

extension TrainingError {
    init(_ error: OutputError) { self.init(.output, error.description, underlying: error) }
}
