import Glibc

/// Where and how often a run's state is written, and whether a run goes on from it.
///
///     var settings = FitSettings()
///     settings.checkpointing = Checkpointing("run-7", resumes: true)
///
/// A checkpoint holds everything that the rest of the run depends on. A run that ends at any moment and is resumed
/// makes the same weights, figures and calls of callbacks as one that did not end.
public struct Checkpointing: Sendable {
    /// When checkpoints are written, beside the end of every epoch's training and an interrupt.
    public enum Interval: Sendable, Hashable {
        /// Once a minute, or less often where writing would take more than a hundredth of the time.
        case automatic
        /// After every so many batches of the run.
        case updates(Int)
    }

    /// The directory, of this run alone; made when it is not there.
    public var directory: String
    public var interval: Interval
    /// The checkpoints that are kept, at least 1: the newest ones. A second one is there for the case that the newest
    /// is damaged.
    public var keep: Int
    /// Whether the run goes on from the newest whole checkpoint. Without any it starts anew, and says so: a job that a
    /// cluster starts again may always ask for it.
    public var resumes: Bool
    /// Is told what happens; by default prints notes and warnings on standard error.
    public var observe: @Sendable (Event) -> Void

    /// What happens to checkpoints.
    public enum Event: Sendable {
        /// Where the run begins, a line of text.
        case note(String)
        /// Something is not as it should be, and the run goes on, a line of text.
        case warning(String)
        case writingWillBegin
        case writingDidEnd(path: String, bytes: Int, seconds: Double)
        /// The run goes on from this checkpoint.
        case resumed(path: String)
    }

    /// - Parameters:
    ///   - interval: when checkpoints are written, beside the end of every epoch's training.
    ///   - keep: how many are kept.
    public init(_ directory: String, interval: Interval = .automatic, keep: Int = 2, resumes: Bool = false) {
        self.directory = directory
        self.interval = interval
        self.keep = keep
        self.resumes = resumes
        observe = { event in
            var line: String
            switch event {
            case .note(let text): line = "checkpoint: \(text)\n"
            case .warning(let text): line = "checkpoint: warning: \(text)\n"
            default: return
            }
            line.withUTF8 { bytes in _ = write(2, bytes.baseAddress, bytes.count) }
        }
    }

    func check() throws(TrainingError) {
        if case .updates(let count) = interval, count <= 0 {
            throw TrainingError(.usage, "checkpoints every \(count) updates: expected a positive number")
        }
        guard keep > 0 else {
            throw TrainingError(.usage, "\(keep) checkpoints are to be kept: expected a positive number")
        }
        guard !directory.isEmpty else { throw TrainingError(.usage, "the directory of checkpoints has no name") }
    }
}
