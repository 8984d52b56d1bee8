import DataSource
import Memory
import NeuralNetwork

extension CheckpointKeeper {
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
        if !record.learningRates.contains(learningRates.first) {
            func text(_ rates: [Float?]) -> String {
                rates.map { $0?.description ?? "a schedule" }.joined(separator: ", ")
            }
            differences.append(
                "learning rate: expected \(text(record.learningRates.first)), found \(text(learningRates.first))")
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
        if let optimizer = model.compilation?.optimizer, record.learningRates.now.count == optimizer.parts.count {
            model.compilation?.optimizer = optimizer.withLearningRates(record.learningRates.now)
        }
        model.iterations = record.iterations
        model.seed = record.seed
        learningRates.first = record.learningRates.first
        frozen.first = record.frozen.first
        batches = record.batches
        savedBatches = batches
        feed.resume(record.statistics, reported: record.reportedBlocks)
        run.resume(at: record.position, history: record.history)
        try restoreCallbacks(record, run)
        // A process that was killed behind a checkpoint's last byte has left one too many.
        do { try directory.prune(keep: checkpointing.keep, damaged: damaged) } catch { throw TrainingError(error) }
        checkpointing.observe(.resumed(path: found.file.path))
        note(
            "resumed from \(found.file.path): epoch \(record.position.epoch), step \(record.position.step), "
                + "\(record.iterations) updates")
        lastEnd = .now
    }

    private func restoreCallbacks(_ record: CheckpointRecord, _ run: TrainingRun) throws {
        var states = Dictionary(record.callbacks.map { ($0.name, $0.state) }) { first, _ in first }
        run.loopState = states.removeValue(forKey: CheckpointRecord.loop) ?? run.loopState
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
}

extension Model {
    /// The layers that are not trained, with their places among all.
    var frozenLayers: [String] {
        allLayers.enumerated().filter { !$1.isTrainable }.map { "\($0) \($1.name)" }
    }

    func freeze(_ names: [String]) {
        for (index, layer) in allLayers.enumerated() { layer.isTrainable = !names.contains("\(index) \(layer.name)") }
    }
}
