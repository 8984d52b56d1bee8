import ArgumentParser
import DataSource
import Glibc
import KerasFiles
import Memory
import NeuralNetwork
import Training
import Workers

struct Tune: ParsableCommand, ComputingCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures this machine, data and model, and recommends settings of train.",
        discussion: """
            Runs short pieces of training and writes a file for --config, which holds the options given here and the
            recommended ones, each with its reason. The model's file is not changed.

            Example:
              millrace tune --model net.keras --data train.h5 --batch-size 128 --memory 512MiB --out tuned.yaml
              millrace train --config tuned.yaml --epochs 10 --out trained.keras

            Options that are given are kept, for example --decode-workers 1; only the others are tried. Without --out
            the file goes to standard output, and the table to standard error as always.
            Exit status: as train; 73 when --out exists and --force is not given.
            """)

    @Option(name: .long, help: ArgumentHelp("The model: \(ModelFile.kinds).", valueName: "file"))
    var model: String

    @OptionGroup var weights: WeightsOptions

    @OptionGroup var data: DataOptions

    @OptionGroup(title: "The run") var runOptions: TunedRunOptions

    @Option(name: .long, help: ArgumentHelp("Measure for so long, at most.", valueName: "n"))
    var seconds = 40.0

    @Option(name: .long, help: ArgumentHelp("The settings as YAML, for train --config.", valueName: "file"))
    var out: String?

    @Flag(name: .long, help: "Replace a file that --out names.")
    var force = false

    @Flag(name: .long, help: "Print measurements and recommendations as one JSON object on standard output.")
    var json = false

    /// The share of the time in which ways of waiting are compared, after everything else.
    private static let waitingShare = 0.3

    /// Options that are not those of a run.
    private static let own: Set<String> = ["seconds", "out", "force", "json", "config", "quiet"]

    func validate() throws {
        guard seconds.isFinite, seconds > 0, seconds <= 3600 else {
            throw ValidationError("--seconds is \(seconds), expected a number above 0, at most 3600")
        }
        if force, out == nil { throw ValidationError("--force replaces the file of --out; name one") }
    }

    func run() throws {
        StopSignal.install()
        let began = ContinuousClock.now
        let given = GivenOptions(Array(try ConfigFile.expand(Array(CommandLine.arguments.dropFirst())).dropFirst()))
            .without(Self.own)
        let train = try Train.parse(given.arguments)
        if let out { try checkPlace(out) }
        var report = try measure(train)
        do {
            try measureWaiting(given, &report, seconds: seconds - began.secondsToNow)
        } catch ChildProcess.Failure.stopped {
            throw Self.interruption
        }
        report.seconds = began.secondsToNow
        let config = try TuneConfig(given, report).text()
        if !data.quiet { for line in report.lines(memory: data.memory) { printError(line) } }
        if json { try printOutput(report.json.text(isStrict: true)) } else if out == nil { try printOutput(config) }
        if let out { try write(config, out) }
    }

    /// Measures in this process, which holds nothing of it afterwards.
    private func measure(_ train: Train) throws -> TuningReport {
        data.applyThreads()
        let guardian = data.cap.guarded()
        defer { withExtendedLifetime(guardian) {} }
        if !data.quiet { printError("measuring for \(Int(seconds.rounded(.up))) seconds at most") }
        let began = ContinuousClock.now
        let run = try TunedRun(train)
        var settings = TuningSettings()
        settings.fit = run.settings
        settings.computeThreads = data.computeThreads
        settings.seconds = seconds * (reasonForOneWaiting == nil ? 1 - Self.waitingShare : 1)
        settings.paths = data.data
        settings.areShards = data.data.allSatisfy { DataFiles.kind(of: $0) == .shards }
        settings.isStopped = { StopSignal.isRequested }
        do {
            return try CommandFailure.naming(data.name) {
                let tuner = try Tuner(run.model, run.source, validation: run.validation, settings)
                let startSeconds = began.secondsToNow
                var report = try tuner.run()
                report.startSeconds = startSeconds
                return report
            }
        } catch is TuningInterruption {
            throw Self.interruption
        }
    }

    private static var interruption: CommandFailure {
        CommandFailure(
            .stopped, "stopped by signal \(StopSignal.number ?? 0) while measuring; nothing was written")
    }

    /// An output that cannot be written is found out before the work, not after it.
    private func checkPlace(_ path: String) throws {
        guard force || access(path, F_OK) != 0 else {
            throw CommandFailure(.cannotCreate, "\(path) exists; replace it with --force, or choose another name")
        }
        _ = try AtomicOutput(path: path)
    }

    private func write(_ text: String, _ path: String) throws {
        var output = try AtomicOutput(path: path)
        guard let file = fopen(output.temporaryPath, "w") else {
            throw OutputError(path: path, stage: .create, code: errno)
        }
        let bytes = Array((text + "\n").utf8)
        let written = fwrite(bytes, 1, bytes.count, file)
        let code = errno
        guard fclose(file) == 0, written == bytes.count else {
            throw OutputError(path: path, stage: .write, code: written == bytes.count ? errno : code)
        }
        try output.commit()
        if !data.quiet { printError("wrote \(path); train with: millrace train --config \(path)") }
    }
}
