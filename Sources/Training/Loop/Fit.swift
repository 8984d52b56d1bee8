import DataSource
import Memory
import NeuralNetwork

extension Model {
    /// Trains on a source: epochs of shuffled batches, with validation after each. Keras's `fit`, streamed.
    ///
    ///     let history = try model.fit(source, epochs: 10, batchSize: 128, memory: .cap(.mebibytes(512)))
    ///
    /// - Parameters:
    ///   - validation: data that is evaluated after each epoch, in its own order.
    ///   - validationSplit: the share of last rows that are evaluated instead, as in Keras; they are not trained on.
    ///   - classWeights: factors of samples by their class, 1 where absent.
    ///   - memory: the most memory that the process may hold.
    ///   - callbacks: follow the run and may end it; a progress line by default.
    ///   - checkpointing: where the run's state is written, from which a later one goes on.
    /// - Throws: `TrainingError` when data, model and settings do not fit each other, the data are bad or a checkpoint
    ///   cannot be written, and whatever a callback throws. In every case all threads have ended and all memory of the
    ///   stream is given back.
    @discardableResult
    public func fit(
        _ source: any Source, epochs: Int = 1, batchSize: Int = 32, validation: (any Source)? = nil,
        validationSplit: Double = 0, shuffle: ShufflePolicy = .window, classWeights: [Int: Float]? = nil,
        seed: UInt64 = 0, memory: MemoryCap = .none, callbacks: [any Callback] = [ProgressLine()],
        checkpointing: Checkpointing? = nil
    ) throws -> History {
        var settings = FitSettings()
        settings.epochs = epochs
        settings.batchSize = batchSize
        settings.shuffle = shuffle
        settings.classWeights = classWeights
        settings.seed = seed
        settings.memory = memory
        settings.checkpointing = checkpointing
        var (source, validation) = (source, validation)
        if validationSplit != 0 {
            guard validation == nil else {
                throw TrainingError(.usage, "validation and validationSplit are both given; leave one out")
            }
            guard validationSplit > 0, validationSplit < 1 else {
                throw TrainingError(.usage, "validationSplit is \(validationSplit), expected a number between 0 and 1")
            }
            do { (source, validation) = try source.split(last: validationSplit) } catch { throw TrainingError(error) }
        }
        let plan = try plan(source, validation: validation, settings, callbacks: callbacks)
        return try fit(source, validation: validation, settings, plan, callbacks: callbacks)
    }

    /// Trains as `plan` says.
    @discardableResult
    public func fit(
        _ source: any Source, validation: (any Source)? = nil, _ settings: FitSettings, _ plan: MemoryPlan,
        callbacks: [any Callback]
    ) throws -> History {
        let run = TrainingRun(
            self, epochs: settings.epochs, initialEpoch: settings.initialEpoch, callbacks: callbacks)
        guard settings.epochs > settings.initialEpoch else {
            try run.begin()
            try run.end()
            return run.history
        }
        let source = try augmented(source)
        (run.source, run.hasValidation, run.memory) = (source, validation != nil, settings.memory)
        let guardian = settings.memory.guarded()
        defer { withExtendedLifetime(guardian) {} }
        (run.settings, run.plan) = (settings, plan)
        do {
            return try drive(run, source, validation, settings, plan)
        } catch {
            run.fail(error)
            throw error
        }
    }

    /// All of a run.
    private func drive(
        _ run: TrainingRun, _ source: any Source, _ validation: (any Source)?, _ settings: FitSettings,
        _ plan: MemoryPlan
    ) throws -> History {
        seed = settings.seed
        var options = StepOptions(classWeights: try checked(settings.classWeights))
        if plan.accumulate > 1 { options.microBatch = plan.microBatch }
        options.statistics = settings.batchNormalizationStatistics
        options.roles = try roles(of: source, settings.sampleWeights)
        recomputesActivations = plan.storedActivationsBytes != nil
        let steps = settings.stepsPerEpoch ?? batches(of: source, settings)
        // The parts that the plan chose decide how results are rounded, as if they had been asked for.
        var settings = settings
        settings.accumulate = plan.accumulate
        settings.validationBatchSize = plan.validationOptions.batchSize
        let kept: [CheckpointSetting]
        do { kept = try settings.checkpointSettings(validation: validation) } catch { throw TrainingError(error) }
        let keeper = try settings.checkpointing.map { try CheckpointKeeper($0, self, kept) }
        let found = try keeper?.newest(epochs: settings.epochs)
        let feed = FitFeed(try openStream(source, plan.options, found))
        if found == nil { try skipToFirst(of: settings, source, feed) }
        run.attach(feed, stepsPerEpoch: steps, keeper, found)
        try run.begin()
        if found == nil { try tellOptimizerNote(run) }
        while try run.beginEpoch(steps: steps) {
            while let batch = try run.nextBatch() {
                defer { run.endBatch() }
                try run.batchWillBegin(batch)
                try self.step(.train, batch, of: source, options)
                try run.batchDidEnd(rows: batch.rowCount)
            }
            guard run.samples > 0 || run.step == 0 || run.isStopping else {
                throw TrainingError(
                    .data, "no block of epoch \(run.epoch) could be decoded: nothing was left to train on")
            }
            try run.endEpoch {
                guard let validation, settings.validationFrequency.contains(run.epoch) else { return nil }
                return try validate(validation, settings, plan.validationOptions, run)
            }
        }
        // As in Keras, the averages of the weights are the result, where the optimizer keeps some.
        if !run.isInterrupted { finalizeWeights() }
        try run.end()
        return run.history
    }

    /// Says once that a file's state of the optimizer could not be used.
    private func tellOptimizerNote(_ run: TrainingRun) throws {
        guard let note = optimizerNote else { return }
        optimizerNote = nil
        try run.note(note)
    }

    /// The batches of a run, from where a checkpoint was.
    func openStream(
        _ source: any Source, _ options: BatchOptions, _ found: CheckpointKeeper.Found?
    ) throws(TrainingError) -> BatchStream {
        guard let found else { return try openStream(source, options) }
        let state = found.record.stream
        var options = options
        // A run that is through is resumed for its last validation: behind its last batch.
        options.epochs = options.epochs.lowerBound..<max(options.epochs.upperBound, state.epoch + 1)
        do {
            return try BatchStream(source, options: options, resumingAt: state, ledger: ledger)
        } catch {
            guard error.kind == .invalid else { throw TrainingError(error) }
            throw TrainingError(.checkpoint, "\(found.file.path): \(error.description)")
        }
    }

    /// Leaves out the batches of epochs that were done before, where epochs are not whole passes.
    private func skipToFirst(of settings: FitSettings, _ source: any Source, _ feed: FitFeed) throws(TrainingError) {
        guard let steps = settings.stepsPerEpoch else { return }
        let batches = batches(of: source, settings)
        // Of the product, which may be too large a number, only the rest counts.
        for _ in 0..<(settings.initialEpoch % batches) * (steps % batches) % batches {
            guard try nextBatch(feed.stream) != nil else { return }
        }
    }

    /// Figures on validation data; nil when a callback interrupted.
    private func validate(
        _ source: any Source, _ settings: FitSettings, _ options: BatchOptions, _ run: TrainingRun
    ) throws -> Logs? {
        let step = StepOptions(
            classWeights: settings.weighsValidation ? try checked(settings.classWeights) : nil,
            roles: try validationRoles(of: source, settings.sampleWeights), effect: .nothing)
        let (logs, isWhole) = try evaluate(source, step, options, batches: settings.validationSteps, run)
        return isWhole ? logs : nil
    }
}
