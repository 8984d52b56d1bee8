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
    ///   - memory: the most memory that the process may hold.
    ///   - observers: follow the run and may end it; a progress line by default.
    /// - Throws: `TrainingError` when data, model and settings do not fit each other or the data are bad, and whatever
    ///   an observer throws. In every case all threads have ended and all memory of the stream is given back.
    @discardableResult
    public func fit(
        _ source: any Source, epochs: Int = 1, batchSize: Int = 32, validation: (any Source)? = nil,
        shuffle: ShufflePolicy = .window, seed: UInt64 = 0, memory: MemoryCap = .none,
        observers: [any FitObserver] = [ProgressLine()]
    ) throws -> History {
        var settings = FitSettings()
        settings.epochs = epochs
        settings.batchSize = batchSize
        settings.shuffle = shuffle
        settings.seed = seed
        settings.memory = memory
        let plan = try plan(source, validation: validation, settings)
        return try fit(source, validation: validation, settings, plan, observers: observers)
    }

    /// Divides memory for a run, and plans its steps. `fit` with settings takes the result.
    ///
    /// - Throws: `TrainingError`, of kind `.configuration` with the table when the cap is too small.
    public func plan(
        _ source: any Source, validation: (any Source)? = nil, _ settings: FitSettings
    ) throws(TrainingError) -> MemoryPlan {
        guard settings.batchSize > 0, settings.epochs >= 0, settings.stepsPerEpoch.map({ $0 > 0 }) ?? true else {
            throw TrainingError(
                .usage,
                "epochs \(settings.epochs), batch size \(settings.batchSize), steps per epoch "
                    + "\(settings.stepsPerEpoch.map(String.init) ?? "all"): expected positive numbers")
        }
        let specification = try checkSource(source)
        if let validation {
            do {
                _ = try checkSource(validation)
            } catch {
                throw TrainingError(error.kind, "validation data: \(error.description)", underlying: error.underlying)
            }
        }
        let session = Session.of(self)
        let rows = min(settings.batchSize, source.rowCount)
        var plans = [try session.plan(.train, rows: rows, weighted: source.sampleWeight != nil)]
        if let validation {
            plans.append(
                try session.plan(
                    .test, rows: min(settings.batchSize, validation.rowCount), weighted: validation.sampleWeight != nil)
            )
        }
        return try MemoryPlan.make(
            cap: settings.memory, demand: MemoryDemand(self, plans: plans), source: source, validation: validation,
            options: settings.batchOptions(
                passes(over: source, settings), inputTypes: inputs.map(\.type), targetTypes: [specification.type]))
    }

    /// Trains as `plan` says.
    @discardableResult
    public func fit(
        _ source: any Source, validation: (any Source)? = nil, _ settings: FitSettings, _ plan: MemoryPlan,
        observers: [any FitObserver]
    ) throws -> History {
        var history = History()
        guard settings.epochs > 0 else { return history }
        let session = Session.of(self)
        seed = settings.seed
        let batches = batches(of: source, settings)
        let steps = settings.stepsPerEpoch ?? batches
        let stream = try openStream(source, plan.options)
        var control = FitControl.continue
        var reported = 0
        var before = StreamStatistics()
        for epoch in 1...settings.epochs where control == .continue {
            for observer in observers { try observer.epochWillBegin(epoch, of: settings.epochs, stepsPerEpoch: steps) }
            session.resetRunning()
            let clock = EpochClock(stream, before: before, reported: reported)
            var step = 0
            while step < steps, control == .continue {
                guard let batch = try nextBatch(stream) else { break }
                step += 1
                let rows = batch.rowCount
                if rows < batch.sampleCount { try clock.reportBadBlocks(to: observers) }
                guard rows > 0 else { continue }
                try self.step(.train, batch, of: source)
                clock.samples += rows
                guard !observers.isEmpty else { continue }
                let report = BatchReport(
                    epoch: epoch, epochs: settings.epochs, step: step, stepsPerEpoch: steps,
                    logs: try session.runningLogs(), batchLoss: session.batchLoss, learningRate: learningRate ?? 0,
                    rows: rows, seconds: clock.seconds, waitSeconds: clock.waitSeconds, samples: clock.samples)
                for observer in observers where try observer.batchDidEnd(report) == .stop { control = .stop }
            }
            reported = clock.reported
            before = stream.statistics
            guard clock.samples > 0 || step == 0 || control == .stop else {
                throw TrainingError(.data, "no block of epoch \(epoch) could be decoded: nothing was left to train on")
            }
            let logs = try session.runningLogs()
            let (seconds, data) = (clock.seconds, before.since(clock.before))
            var validated: Logs?
            if let validation, control == .continue {
                validated = try validate(validation, plan.validationOptions, observers)
                if validated == nil { control = .stop }
            }
            let report = EpochReport(
                epoch: epoch, epochs: settings.epochs, steps: step, logs: logs, validation: validated,
                samples: clock.samples, seconds: seconds, data: data, peakResidentBytes: ProcessMemory.peakResidentBytes
            )
            history.append(report)
            for observer in observers where try observer.epochDidEnd(report) == .stop { control = .stop }
        }
        return history
    }

    /// Passes over the data that all epochs together need.
    private func passes(over source: any Source, _ settings: FitSettings) -> Int {
        guard let steps = settings.stepsPerEpoch else { return max(1, settings.epochs) }
        let batches = batches(of: source, settings)
        // More updates than anybody can wait for are as good as endless.
        let (updates, overflow) = settings.epochs.multipliedReportingOverflow(by: steps)
        return max(1, ((overflow ? Int.max : updates) - 1) / batches + 1)
    }

    /// Batches of one pass, the last partial one included.
    private func batches(of source: any Source, _ settings: FitSettings) -> Int {
        max(1, (source.rowCount - 1) / settings.batchSize + 1)
    }
}

/// Time and traffic of one epoch.
private final class EpochClock {
    private let stream: BatchStream
    private let begin = ContinuousClock.now
    /// What the stream had done when the epoch before ended: workers read ahead across that border.
    let before: StreamStatistics
    private(set) var reported: Int
    var samples = 0

    /// `reported` bad blocks were reported before.
    init(_ stream: BatchStream, before: StreamStatistics, reported: Int) {
        self.stream = stream
        self.before = before
        self.reported = reported
    }

    var seconds: Double {
        let duration = begin.duration(to: .now).components
        return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    }

    var waitSeconds: Double { stream.waitSeconds - before.waitSeconds }

    /// Tells observers of blocks that were skipped and not reported yet.
    func reportBadBlocks(to observers: [any FitObserver]) throws {
        let errors = stream.badBlocks.dropFirst(reported)
        reported += errors.count
        for error in errors { for observer in observers { try observer.blockWasSkipped(error) } }
    }
}
