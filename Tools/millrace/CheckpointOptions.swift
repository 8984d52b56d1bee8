import ArgumentParser
import Memory
import Synchronization
import Training

/// `--checkpoint`: where a run's state is written, and whether the run goes on from it.
struct CheckpointOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Directory for the state of the run, written at each epoch's end, about once a minute, and when a signal "
                + "stops the run.", valueName: "dir"))
    var checkpoint: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Write the state every N updates, instead of about once a minute.", valueName: "n"))
    var checkpointEvery: Int?

    @Option(
        name: .long, help: ArgumentHelp("How many checkpoints are kept, the newest ones (default: 2).", valueName: "n"))
    var checkpointKeep: Int?

    @Flag(
        name: .long,
        help: "Go on from the newest whole checkpoint, to the same bytes as a run without a break; without any, begin.")
    var resume = false

    func validate() throws {
        for (name, value) in [("--checkpoint-every", checkpointEvery ?? 1), ("--checkpoint-keep", checkpointKeep ?? 1)]
        where value <= 0 {
            throw ValidationError("\(name) is \(value), expected a positive number")
        }
        guard checkpoint == nil else {
            guard checkpoint != "" else { throw ValidationError("--checkpoint has no name, expected a directory") }
            return
        }
        let dependent = [
            ("--resume", resume), ("--checkpoint-every", checkpointEvery != nil),
            ("--checkpoint-keep", checkpointKeep != nil),
        ]
        for (name, isGiven) in dependent where isGiven {
            throw ValidationError("\(name) needs --checkpoint, the directory of the run's state")
        }
    }

    /// What the library is told; nil without a directory.
    func checkpointing(quiet: Bool, _ totals: CheckpointTotals) -> Checkpointing? {
        guard let checkpoint else { return nil }
        var checkpointing = Checkpointing(
            checkpoint, interval: checkpointEvery.map { .updates($0) } ?? .automatic, keep: checkpointKeep ?? 2,
            resumes: resume)
        checkpointing.observe = { event in
            switch event {
            case .note(let text): if !quiet { printError("millrace: \(text)") }
            case .warning(let text): printError("millrace: warning: \(text)")
            case .writingWillBegin: StopDeadline.pause()
            case .writingDidEnd(_, let bytes, let seconds):
                totals.add(bytes: bytes, seconds: seconds)
                StopDeadline.goOn()
            case .resumed: break
            }
        }
        return checkpointing
    }
}

/// What the checkpoints of a run cost.
final class CheckpointTotals: Sendable {
    private let totals = Mutex((count: 0, bytes: 0, seconds: 0.0))
    private let begin = ContinuousClock.now

    func add(bytes: Int, seconds: Double) {
        totals.withLock { $0 = ($0.count + 1, bytes, $0.seconds + seconds) }
    }

    /// For people; empty when nothing was written.
    var summary: String {
        let totals = totals.withLock { $0 }
        guard totals.count > 0 else { return "" }
        let share = totals.seconds / begin.secondsToNow
        func rounded(_ value: Double, _ factor: Double) -> Double { (value * factor).rounded() / factor }
        return
            "; wrote \(totals.count) checkpoints of \(ByteCount(totals.bytes)) in \(rounded(totals.seconds, 1000)) s, "
            + "\(rounded(share * 100, 100)) % of the time"
    }
}
