import DataSource
import Engine
import Memory
import NeuralNetwork

/// Measures a model on its data on this machine, and recommends settings of `fit`.
///
/// Every measurement is a piece of the real thing: the stream alone, the step alone, then `fit` itself with one setting
/// after another, in alternating rounds, of which the medians count. All of them keep the memory cap.
/// The model is trained by that: hand over one that is thrown away afterwards, for example loaded for this purpose.
package final class Tuner {
    let model: Model
    let source: any Source
    /// The source as `fit` streams it: changed by the model's own random layers.
    let streamed: any Source
    let validation: (any Source)?
    let settings: TuningSettings
    let budget: TuningBudget
    /// The run's plan with nothing but its own settings.
    let plan: MemoryPlan
    let piece: TuningPiece
    /// Parts of a piece's plan that what runs before it leaves behind would only seem to need.
    private let heldBytes: Int
    private(set) var report: TuningReport

    /// The shares of the time after which each kind of measurement ends.
    private enum End {
        static let decode = 0.12
        static let step = 0.22
        static let splits = 0.66
        static let shards = 0.7
        static let parts = 0.85
        static let queue = 0.97
    }

    /// - Throws: `TrainingError` as `Model.plan` does: model and data do not fit each other, or the cap is too small.
    package init(
        _ model: Model, _ source: any Source, validation: (any Source)? = nil, _ settings: TuningSettings
    ) throws(TrainingError) {
        budget = TuningBudget(seconds: settings.seconds)
        heldBytes = ProcessMemory.heldBytes
        (self.model, self.source, self.validation, self.settings) = (model, source, validation, settings)
        streamed = try model.augmented(source)
        plan = try model.plan(source, validation: validation, settings.fit, heldBytes: heldBytes)
        piece = TuningPiece(source, plan.options)
        report = TuningReport(cores: BatchOptions().decodeWorkers, batchSize: settings.fit.batchSize)
    }

    /// Measures, decides, and says what it could not measure in time.
    ///
    /// - Throws: `TrainingError` when the data turn out to be bad, `TuningInterruption` when `isStopped` says so.
    package func run() throws -> TuningReport {
        let cores = report.cores
        try measureDecode(Array(Set([1, settings.fit.decodeWorkers ?? cores])).sorted(), until: End.decode)
        let threads = TuningRules.computeThreads(cores: cores, fixed: settings.computeThreads)
        // The most threads first: what a run without settings takes.
        try measureSteps(threads.reversed(), until: End.step)
        var chosen: Trial<ThreadSplit>?
        if let decode = report.decode.first {
            let splits = TuningRules.splits(
                cores: cores, decode: decode, steps: report.steps, fixedWorkers: settings.fit.decodeWorkers)
            report.splits = try rounds(
                splits, until: End.splits, { "a run with \(TuningText.split($0, cores: cores))" }
            ) {
                try runPiece(with: $0, seconds: $1)
            }
            if let found = TuningRules.threads(report.splits, decode: decode, steps: report.steps, cores: cores) {
                chosen = found.split
                report.recommendations += found.recommendations
            }
        } else {
            report.notMeasured.append("a run with any number of threads")
        }
        computeWindows()
        let convert = settings.paths.isEmpty ? nil : convertCommand
        if chosen != nil, budget.has(0.05), !settings.areShards, convert != nil, !piece.isWhole {
            report.shards = try measureShards(seconds: min(1, budget.left(until: End.shards)))
        }
        try tryPartsAndQueues(chosen?.setting)
        report.recommendations += [
            TuningRules.window(
                report.windows, isCapped: isWindowGiven, isWhole: piece.isWhole, remedy: plan.shuffleRemedy),
            chosen.flatMap { chosen in
                report.decode.first.flatMap { decode in
                    TuningRules.data(
                        run: chosen.rate, decode, shards: report.shards, cores: cores, isWhole: piece.isWhole,
                        quality: plan.chiSquaredPerDegree, convert: convert)
                }
            },
        ].compactMap { $0 }
        report.chosen = chosen?.setting
        let accumulate = report.recommendations.compactMap(\.option).first { $0.name == "accumulate" }
        report.piece = PieceForm(
            rows: piece.source.rowCount, windowBytes: piece.windowBytes,
            accumulate: accumulate.flatMap { Int($0.value) } ?? plan.accumulate,
            recomputes: plan.storedActivationsBytes != nil)
        report.seconds = budget.elapsed
        report.peakResidentBytes = ProcessMemory.peakResidentBytes
        return report
    }

    /// Whether the window has what the cap leaves or what somebody chose, and not the size that it has with room.
    private var isWindowGiven: Bool {
        settings.fit.windowBytes != nil || plan.options.windowBytes < BatchOptions().windowBytes
    }

    private func tryPartsAndQueues(_ split: ThreadSplit?) throws {
        guard let split else { return }
        let parts = try candidateParts()
        if parts.count > 1 {
            report.parts = try rounds(parts, until: End.parts, { "micro-batch \($0.microBatch)" }) { parts, seconds in
                try runPiece(with: split, seconds: seconds) { $0.accumulate = parts.accumulate }
            }
        }
        if let planned = parts.first {
            let found = TuningRules.parts(report.parts, planned: planned)
            report.recommendations += [found].compactMap { $0 }
        }
        let depths = candidateQueues()
        guard let planned = depths.last else { return }
        if depths.count > 1 {
            report.queues = try rounds(depths, until: End.queue, { "\($0.batches) batches ahead" }) { depth, seconds in
                try runPiece(with: split, seconds: seconds) { $0.queueBytes = depth.bytes }
            }
        }
        report.recommendations += [TuningRules.queue(report.queues, planned: planned)].compactMap { $0 }
    }

    private var convertCommand: String { TuningRules.convertCommand(settings.paths, memory: plan.cap) }

    /// A plan of a run over `source` under the cap, as if nothing had run before in this process.
    func planned(_ source: any Source, _ settings: FitSettings) throws(TrainingError) -> MemoryPlan {
        try model.plan(source, validation: validation, settings, heldBytes: heldBytes)
    }

    /// Computes with so many threads from now on. Primitives are made for a number of threads.
    func useThreads(_ count: Int) {
        guard ComputeThreads.count != count else { return }
        ComputeThreads.count = count
        Session.of(model).forgetPlans()
    }

    func checkStopped() throws(TuningInterruption) { if settings.isStopped() { throw TuningInterruption() } }

    /// Adds to what was found.
    func record(_ change: (inout TuningReport) -> Void) { change(&report) }
}
