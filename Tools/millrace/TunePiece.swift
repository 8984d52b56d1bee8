import ArgumentParser
import Glibc
import JSONText
import Memory
import Training
import Workers

/// What `tune` starts to measure a piece of training in a process of its own: prints one line of JSON.
struct TunePiece: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune-piece", abstract: "Times a piece of training, for tune.", shouldDisplay: false)

    @Option(name: .long, help: "The process that asks; this one ends with it.")
    var parent: Int32

    @Option(name: .long, help: "The length of the piece.")
    var seconds: Double

    @Option(name: .long, help: "Rows that it streams, from the first on.")
    var pieceRows: Int

    @Option(name: .long, help: "Bytes of its window.")
    var pieceWindow: Int

    @Argument(parsing: .postTerminator, help: "The options of train.")
    var trainOptions: [String]

    func run() throws {
        ChildProcess.endWithParent(parent)
        StopSignal.install()
        let train = try Train.parse(trainOptions)
        train.data.applyThreads()
        let guardian = train.data.cap.guarded()
        defer { withExtendedLifetime(guardian) {} }
        let run = try TunedRun(train)
        let form = PieceForm(
            rows: pieceRows, windowBytes: pieceWindow, accumulate: run.settings.accumulate ?? 1,
            recomputes: run.settings.recomputation == .always)
        let rate = try run.model.rate(of: form, run.source, run.settings, seconds: seconds) { StopSignal.isRequested }
        guard let rate else { throw CommandFailure(.stopped, "stopped by signal \(StopSignal.number ?? 0)") }
        let line: JSONValue = .object([
            "samples_per_second": .number(rate.samplesPerSecond), "wait_fraction": .number(rate.waitShare),
            "peak_rss_bytes": .integer(ProcessMemory.peakResidentBytes),
            "openmp_wait": OpenMPWaiting.current.map { .string($0.rawValue) } ?? .null,
        ])
        try printOutput(line.text(isStrict: true))
    }
}
