import DataSource
import Memory

/// What is tried besides threads.
extension Tuner {
    /// Parts of batches: those of the plan first, then twice and four times as many.
    ///
    /// Only where the result is that of the whole batch: batch normalization would see the parts. And only where the
    /// user left it open.
    func candidateParts() throws -> [BatchParts] {
        guard settings.fit.accumulate == nil else { return [] }
        var parts = [Self.parts(of: plan)]
        for factor in [2, 4] {
            var fit = settings.fit
            fit.accumulate = plan.accumulate * factor
            guard plan.microBatch / factor >= 8 else { break }
            do throws(TrainingError) {
                let plan = try planned(source, fit)
                guard !plan.normalizesParts else { break }
                parts.append(Self.parts(of: plan))
            } catch {
                // A model whose batches have no parts; a plan that does not fit the cap.
                guard error.kind == .usage || error.kind == .configuration else { throw error }
                break
            }
        }
        return parts
    }

    private static func parts(of plan: MemoryPlan) -> BatchParts {
        BatchParts(
            accumulate: plan.accumulate, microBatch: plan.microBatch,
            stepBytes: plan.parametersBytes + plan.gradientsBytes + plan.optimizerBytes + plan.activationsBytes)
    }

    /// Batches ahead: 4, 16, and last what the plan gives. Empty where the user has chosen.
    func candidateQueues() -> [QueueDepth] {
        guard settings.fit.queueBytes == nil else { return [] }
        let stream = StreamPlan(streamed, options: plan.options)
        let batchBytes = stream.queueBytes / max(1, stream.batchSlots)
        let planned = QueueDepth(batches: stream.batchSlots, bytes: plan.options.queueBytes)
        return [4, 16].filter { $0 < stream.batchSlots }.map {
            QueueDepth(batches: $0, bytes: TuningText.wholeUnits(batchBytes * $0))
        } + [planned]
    }

    /// The quality of the planned window, and of ever smaller ones until one is poor.
    func computeWindows() {
        guard plan.options.shuffle == .window, plan.windowBytes > 0 else { return }
        var windows = [WindowQuality(bytes: plan.windowBytes, chiSquaredPerDegree: plan.chiSquaredPerDegree)]
        var options = plan.options
        for halvings in 1...6 where !piece.isWhole && windows.last!.chiSquaredPerDegree <= TuningRules.poorQuality {
            options.windowBytes = TuningText.wholeUnits(plan.windowBytes >> halvings)
            guard options.windowBytes < windows.last!.bytes else { break }
            windows.append(
                WindowQuality(
                    bytes: options.windowBytes,
                    chiSquaredPerDegree: ShuffleQuality.chiSquaredPerDegree(of: source, options: options)))
        }
        record { $0.windows = windows }
    }
}
