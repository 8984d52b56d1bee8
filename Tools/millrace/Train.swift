import ArgumentParser
import DataSource
import Engine
import KerasFiles
import Memory
import NeuralNetwork
import Report
import Training
import Workers

struct Train: ParsableCommand, ComputingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains a model on a dataset.",
        discussion: """
            Example:
              millrace train --model net.keras --data train.h5 --epochs 5 --memory 512MiB --out trained.keras

            Loss, optimizer and metrics are the model's own (its compile configuration) unless options say otherwise.
            Exit status: 0 done, 64 wrong usage, 65 invalid data or model, 66 missing file, 73 output cannot be created,
            74 reading or writing failed, 75 stopped by a signal (with --checkpoint, go on with --resume), 78 the memory
            cap is too small.
            """)

    @Option(name: .long, help: ArgumentHelp("The model: \(ModelFile.kinds).", valueName: "file"))
    var model: String

    @OptionGroup var weights: WeightsOptions

    @OptionGroup var data: DataOptions

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp("Data to evaluate after each epoch, named like --data.", valueName: "path"))
    var validation: [String] = []

    @Option(name: .long, help: ArgumentHelp("The share of last rows to evaluate on instead.", valueName: "f"))
    var validationSplit: Double?

    @Option(name: .long, help: ArgumentHelp("Passes over the data.", valueName: "n"))
    var epochs = 1

    @Option(name: .long, help: ArgumentHelp("Updates of an epoch (default: the whole data).", valueName: "n"))
    var stepsPerEpoch: Int?

    @OptionGroup(title: "Loop") var loop: LoopOptions

    @OptionGroup(title: "Callbacks") var callbackOptions: CallbackOptions

    @Option(name: .long, help: ArgumentHelp("\(optimizerNames.joined(separator: ", ")).", valueName: "name"))
    var optimizer: String?

    @Option(name: .long, help: ArgumentHelp("The optimizer's step size.", valueName: "f"))
    var learningRate: Float?

    @Option(
        name: .customLong("lr-schedule"),
        help: ArgumentHelp(
            "How the step size goes on from --learning-rate, e.g. cosine:steps=1000,warmup=100: "
                + "\(ScheduleText.forms.joined(separator: ", ")); each with ,warmup=N.", valueName: "spec"))
    var learningRateSchedule: String?

    @Option(name: .long, help: ArgumentHelp("The loss by Keras's name.", valueName: "name"))
    var loss: String?

    @Option(name: .long, help: ArgumentHelp("Metrics by Keras's names, with commas between.", valueName: "a,b"))
    var metrics: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Layers whose names match train no weights, e.g. 'conv*'.", valueName: "pattern"))
    var freeze: [String] = []

    @Option(name: .long, help: ArgumentHelp("none, block, window or exact.", valueName: "policy"))
    var shuffle = ShufflePolicy.window

    @Option(
        name: .long, help: ArgumentHelp("Bytes of the shuffle window (default: the memory plan's).", valueName: "size"))
    var window: ByteCount?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Order of samples, dropout, and weights of a model that has none; the same seed gives the same bytes.",
            valueName: "n"))
    var seed: UInt64 = 0

    @OptionGroup var augmentation: AugmentationOptions

    @Option(name: .long, help: ArgumentHelp("Threads that read and decode (default: one per core).", valueName: "n"))
    var decodeWorkers: Int?

    @Option(
        name: .long, help: ArgumentHelp("Bytes of batches ready ahead (default: the memory plan's).", valueName: "size")
    )
    var prefetch: ByteCount?

    @Option(name: .long, help: ArgumentHelp("When stored data do not decode: fail or skip.", valueName: "policy"))
    var onBadBlock = BadBlockPolicy.fail

    @OptionGroup var checkpoints: CheckpointOptions

    @Option(name: .long, help: ArgumentHelp("Log as JSON lines.", valueName: "file"))
    var log: String?

    @Option(name: .long, help: ArgumentHelp("Log every N updates.", valueName: "n"))
    var logEvery = 1

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The trained model: a .keras file, or its weights alone: .weights.h5 or .safetensors.", valueName: "file"))
    var out: String?

    func validate() throws {
        for (name, value) in [
            ("--epochs", epochs), ("--steps-per-epoch", stepsPerEpoch ?? 1), ("--log-every", logEvery),
            ("--decode-workers", decodeWorkers ?? 1),
        ] where value <= 0 {
            throw ValidationError("\(name) is \(value), expected a positive number")
        }
        if let window, window.bytes <= 0 {
            throw ValidationError("--window is \(window), expected a size above zero; --shuffle none does not shuffle")
        }
        if let validationSplit, !(validationSplit > 0 && validationSplit < 1) {
            throw ValidationError("--validation-split is \(validationSplit), expected a number between 0 and 1")
        }
        if !validation.isEmpty && validationSplit != nil {
            throw ValidationError("--validation and --validation-split exclude each other")
        }
        if let out, !ModelOutput.hasKnownName(out) {
            throw ValidationError("--out is \(out), expected a name that ends in \(ModelOutput.endings)")
        }
        let hasValidation = !validation.isEmpty || validationSplit != nil
        try loop.check(epochs: epochs, batchSize: data.batchSize, hasValidation: hasValidation)
        try callbackOptions.check(out: out, hasValidation: hasValidation)
    }

    func run() throws {
        StopSignal.install()
        StopDeadline.start(hasCheckpoints: checkpoints.checkpoint != nil)
        data.applyThreads()
        let guardian = data.cap.guarded()
        defer { withExtendedLifetime(guardian) {} }
        let model = try weights.model(model, seed: seed)
        try compile(model)
        try freeze(model)
        var source = try data.source(for: model)
        var validationSource = validation.isEmpty ? nil : try data.source(validation, for: model)
        if let validationSplit {
            let (first, last) = try source.split(last: validationSplit)
            source = first
            validationSource = last
        }
        source = try augmentation.apply(to: source)
        let totals = CheckpointTotals()
        var settings = settings
        settings.sampleWeights = try data.outputWeights(for: model)
        settings.checkpointing = checkpoints.checkpointing(quiet: data.quiet, totals)
        let chosen = try callbackOptions.callbacks(model: self.model, out: out)
        let plan = try CommandFailure.naming(data.name, validation: validationName) {
            try model.plan(source, validation: validationSource, settings, callbacks: chosen)
        }
        // An output that cannot be written is found out before the work, not after it.
        if let out { _ = try AtomicOutput(path: out) }
        let runLog = try log.map { try JSONLinesLog($0, every: logEvery) }
        runLog?.plan(plan, source, settings)
        if !data.quiet {
            printError(
                "memory plan\n\(plan.table)\n  \(plan.shuffleSummary)" + (plan.stepSummary.map { "\n  \($0)" } ?? ""))
        }
        let stop = StopObserver(hasCheckpoints: checkpoints.checkpoint != nil)
        let best = chosen.lazy.compactMap { $0 as? ModelCheckpoint }.first
        var callbacks: [any Callback] = [stop] + chosen
        if let runLog { callbacks.append(runLog) }
        let page = callbackOptions.page(files)
        if let page { callbacks.append(page) }
        if !data.quiet { callbacks.append(ProgressLine()) }
        let history = try CommandFailure.naming(data.name, validation: validationName) {
            try model.fit(source, validation: validationSource, settings, plan, callbacks: callbacks)
        }
        StopDeadline.turnOff()
        let written = try finish(model, history, best: best, runLog, page, isStopped: stop.hasStopped)
        if !data.quiet {
            printError("memory, planned and held at most\n\(plan.table(beside: model.ledger))")
            printError(data.peakText + (written.map { "; wrote \($0)" } ?? "") + totals.summary)
        }
    }

    /// Writes the result where the best model is not it already, and ends the log.
    ///
    /// - Returns: what was written, in words for a person.
    /// - Throws: also when a signal ended the run, or it had no best model.
    private func finish(
        _ model: Model, _ history: History, best: ModelCheckpoint?, _ runLog: JSONLinesLog?, _ page: HTMLReport?,
        isStopped: Bool
    ) throws -> String? {
        let written = best.map { best in best.savedEpoch.map { "\(out ?? "") from epoch \($0)" } } ?? out
        if let number = StopSignal.number, isStopped {
            let savedBest = best == nil ? nil : written
            try runLog?.end(
                "stopped", epochs: history.epochs.count, out: savedBest == nil ? nil : out, ledger: model.ledger)
            let kept = checkpoints.checkpoint.map { "its state is in \($0): go on with --resume" }
            do { try page?.checkWritten() } catch { printError("millrace: warning: \(CommandFailure(error).message)") }
            let what = savedBest.map { "wrote \($0), the best one" } ?? out.map { "\($0) was not written" }
            throw CommandFailure(
                .stopped,
                "stopped by signal \(number) after \(model.iterations) updates; "
                    + (kept ?? what ?? "nothing was written"))
        }
        if best == nil, let out { try ModelOutput.write(model, out) }
        try runLog?.end(
            "done", epochs: history.epochs.count, out: written == nil ? nil : out, ledger: model.ledger)
        if let best, best.savedEpoch == nil {
            throw CommandFailure(
                .invalid, "--save-best \(best.monitor.name): no epoch had one that is a number; nothing was written")
        }
        try page?.checkWritten()
        return written
    }

    /// What the run reads and writes.
    private var files: [(name: String, value: String)] {
        var files = [("model file", model), ("data", data.data.joined(separator: ", "))]
        if !validation.isEmpty { files.append(("validation data", validation.joined(separator: ", "))) }
        if let validationSplit { files.append(("validation data", "the last \(validationSplit) of the rows")) }
        if let out { files.append(("result", out)) }
        return files
    }

    private var validationName: String? { validation.isEmpty ? nil : DataOptions.name(of: validation) }

    var settings: FitSettings {
        var settings = FitSettings()
        settings.epochs = epochs
        settings.batchSize = data.batchSize
        settings.stepsPerEpoch = stepsPerEpoch
        settings.shuffle = shuffle
        settings.seed = seed
        settings.memory = data.cap
        settings.windowBytes = window?.bytes
        settings.queueBytes = prefetch?.bytes
        settings.decodeWorkers = decodeWorkers
        settings.onBadBlock = onBadBlock
        loop.apply(to: &settings)
        return settings
    }
}
