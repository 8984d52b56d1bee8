import DataSource
import NeuralNetwork

/// The two halves of a run, each without the other.
extension Tuner {
    /// Epochs that no measurement reaches the end of.
    private static let endless = 0..<1 << 20

    /// What workers do: batches that are thrown away at once.
    func measureDecode(_ counts: [Int], until share: Double) throws {
        for (index, workers) in counts.enumerated() {
            let seconds = budget.left(until: share) / Double(counts.count - index)
            guard seconds > 0 else {
                record { $0.notMeasured.append("decoding with \(TuningText.plural(workers, "worker"))") }
                continue
            }
            var options = plan.options
            options.epochs = Self.endless
            options.decodeWorkers = min(workers, plan.options.decodeWorkers)
            options.isTuned = false
            options.windowBytes = min(options.windowBytes, piece.decodingWindowBytes)
            if let rate = try decodeRate(options, seconds: seconds), rate.workers == workers {
                record { $0.decode.append(rate) }
            }
            try checkStopped()
        }
    }

    private func decodeRate(_ options: BatchOptions, seconds: Double) throws -> DecodeRate? {
        let stream = try model.openStream(streamed, options)
        let began = ContinuousClock.now
        var before: StreamStatistics?
        while let batch = try model.nextBatch(stream) {
            _ = batch.rowCount
            let elapsed = began.secondsToNow
            if before == nil, elapsed >= seconds / 4 { before = stream.statistics }
            if elapsed >= seconds || settings.isStopped() { break }
        }
        let now = stream.statistics
        let timed = before.map { now.since($0) }.flatMap { $0.samples > 0 ? $0 : nil } ?? now
        guard now.samples > 0, timed.seconds > 0, now.decodedBytes > 0 else { return nil }
        let rowBytes = Double(source.columns.reduce(0) { $0 + $1.rowBytes })
        // Blocks that are decoded once for all epochs may all lie before the timed part.
        let decoded = timed.decodedBytes > 0 ? timed : now
        let rows = Double(decoded.decodedBytes) / rowBytes
        return DecodeRate(
            workers: options.decodeWorkers, rowsPerSecond: Double(timed.samples) / timed.seconds,
            decodeSecondsPerRow: (decoded.readSeconds + decoded.decodeSeconds) / rows,
            fillSecondsPerRow: timed.fillSeconds / Double(timed.samples),
            storedBytesPerRow: Double(decoded.storedBytesRead) / rows, decodedBytesPerRow: rowBytes)
    }

    /// What the step does: updates from one batch that stays.
    func measureSteps(_ counts: [Int], until share: Double) throws {
        for (index, threads) in counts.enumerated() {
            let seconds = budget.left(until: share) / Double(counts.count - index)
            let expected = 3 * Double(settings.fit.batchSize) / (report.steps.last?.samplesPerSecond ?? .infinity)
            guard index == 0 || budget.has(max(seconds, expected)), seconds > 0 || index == 0 else {
                record { $0.notMeasured.append("the step with \(TuningText.plural(threads, "thread"))") }
                continue
            }
            if let rate = try stepRate(threads, seconds: seconds) { record { $0.steps.append(rate) } }
            try checkStopped()
        }
    }

    private func stepRate(_ threads: Int, seconds: Double) throws -> StepRate? {
        useThreads(threads)
        // As fit does under this plan.
        model.recomputesActivations = plan.storedActivationsBytes != nil
        var options = plan.options
        options.decodeWorkers = 1
        options.windowBytes = 0
        options.queueBytes = 0
        let stream = try model.openStream(streamed, options)
        guard let batch = try model.nextBatch(stream), batch.rowCount > 0 else { return nil }
        var step = StepOptions(
            classWeights: try model.checked(settings.fit.classWeights),
            microBatch: plan.accumulate > 1 ? plan.microBatch : nil)
        step.statistics = settings.fit.batchNormalizationStatistics
        step.roles = try model.roles(of: source, settings.fit.sampleWeights)
        try model.step(.train, batch, of: source, step)
        let began = ContinuousClock.now
        var steps = 0
        repeat {
            try model.step(.train, batch, of: source, step)
            steps += 1
        } while began.secondsToNow < seconds && !settings.isStopped()
        return StepRate(
            computeThreads: threads, samplesPerSecond: Double(steps * batch.rowCount) / began.secondsToNow)
    }
}
