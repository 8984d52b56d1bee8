import ArgumentParser
import DataSource
import Engine
import KerasFiles
import Memory
import NeuralNetwork
import Training
import Workers

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains a model on a dataset.",
        discussion: """
            Example:
              millrace train --model net.keras --data train.h5 --epochs 5 --memory 512MiB --out trained.keras

            Loss, optimizer and metrics are the model's own (its compile configuration) unless options say otherwise.
            Exit status: 0 done, 64 wrong usage, 65 invalid data or model, 66 missing file, 73 output cannot be created,
            74 reading or writing failed, 75 stopped by a signal, 78 the memory cap is too small.
            """)

    @Option(name: .long, help: ArgumentHelp("The model: a .keras file.", valueName: "file"))
    var model: String

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
        help: ArgumentHelp("Order of samples and dropout; the same seed gives the same bytes.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(name: .long, help: ArgumentHelp("Threads that read and decode (default: one per core).", valueName: "n"))
    var decodeWorkers: Int?

    @Option(
        name: .long, help: ArgumentHelp("Bytes of batches ready ahead (default: the memory plan's).", valueName: "size")
    )
    var prefetch: ByteCount?

    @Option(name: .long, help: ArgumentHelp("When stored data do not decode: fail or skip.", valueName: "policy"))
    var onBadBlock = BadBlockPolicy.fail

    @Option(name: .long, help: ArgumentHelp("Log as JSON lines.", valueName: "file"))
    var log: String?

    @Option(name: .long, help: ArgumentHelp("Log every N updates.", valueName: "n"))
    var logEvery = 1

    @Option(name: .long, help: ArgumentHelp("The trained model: a .keras file.", valueName: "file"))
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
        if let out, !out.hasSuffix(".keras") {
            throw ValidationError("--out is \(out), expected a name that ends in .keras")
        }
    }

    func run() throws {
        StopSignal.install()
        StopDeadline.start()
        data.applyThreads()
        let model = try Model.load(model)
        try compile(model)
        try freeze(model)
        var source = try data.source(for: model)
        var validationSource = validation.isEmpty ? nil : try data.source(validation, for: model)
        if let validationSplit {
            let (first, last) = try source.split(last: validationSplit)
            source = first
            validationSource = last
        }
        let settings = settings
        let plan = try CommandFailure.naming(data.name, validation: validationName) {
            try model.plan(source, validation: validationSource, settings)
        }
        // An output that cannot be written is found out before the work, not after it.
        if let out { _ = try AtomicOutput(path: out) }
        let runLog = try log.map { try RunLog($0, every: logEvery) }
        try runLog?.plan(plan, samples: source.rowCount, slowColumns: source.slowColumns, settings)
        if !data.quiet {
            printError("memory plan\n\(plan.table)\n  \(plan.shuffleSummary)")
        }
        let stop = StopObserver()
        var observers: [any FitObserver] = [stop]
        if let runLog { observers.append(runLog) }
        if !data.quiet { observers.append(ProgressLine()) }
        let history = try CommandFailure.naming(data.name, validation: validationName) {
            try model.fit(source, validation: validationSource, settings, plan, observers: observers)
        }
        StopDeadline.turnOff()
        if let number = StopSignal.number, !stop.isFinished {
            try runLog?.end("stopped", epochs: history.epochs.count, out: nil, ledger: model.ledger)
            throw CommandFailure(
                .stopped,
                "stopped by signal \(number) after \(model.iterations) updates; "
                    + (out.map { "\($0) was not written" } ?? "nothing was written"))
        }
        if let out { try model.save(out) }
        try runLog?.end("done", epochs: history.epochs.count, out: out, ledger: model.ledger)
        if !data.quiet {
            let peak = ByteCount(ProcessMemory.peakResidentBytes)
            printError(
                "peak memory \(peak)" + (data.memory.map { " of a cap of \($0)" } ?? "")
                    + (out.map { "; wrote \($0)" } ?? ""))
        }
    }

    private var validationName: String? { validation.isEmpty ? nil : DataOptions.name(of: validation) }

    private var settings: FitSettings {
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
        return settings
    }
}

/// Ends a run at the next update once a signal has come.
private final class StopObserver: FitObserver {
    /// Whether the last update was made: a signal that comes after it loses nothing.
    private(set) var isFinished = false

    func batchDidEnd(_ report: BatchReport) -> FitControl {
        isFinished = report.epoch == report.epochs && report.step == report.stepsPerEpoch
        return StopSignal.isRequested && !isFinished ? .stop : .continue
    }

    var wantsToLeaveValidation: Bool { StopSignal.isRequested }
    func epochDidEnd(_ report: EpochReport) -> FitControl { StopSignal.isRequested ? .stop : .continue }
}
