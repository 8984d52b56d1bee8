import Glibc
import Synchronization
import Workers

/// Ends the process when it has not ended by itself a while after a signal: a read from a disk that does not answer cannot
/// be called back, and a trainer that waits for it polls nothing.
///
/// Only waiting counts. While an update is made, which ends whatever it takes, and while outputs are written the deadline
/// is off, so that nothing is lost by it.
enum StopDeadline {
    /// What a block may take before the process is left.
    private static let milliseconds = 3000
    private static let pollMilliseconds = 50
    private static let isOff = Atomic<Bool>(false)
    private static let isPaused = Atomic<Bool>(false)
    private static let hasCheckpoints = Atomic<Bool>(false)
    /// Outputs that are whole, and hidden files that are not.
    private static let files = Mutex<(best: String?, unfinished: [String])>((nil, []))

    /// Starts watching. The thread ends with the process.
    ///
    /// - Parameter hasCheckpoints: whether the run can be resumed.
    static func start(hasCheckpoints: Bool) {
        Self.hasCheckpoints.store(hasCheckpoints, ordering: .relaxed)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { _ in
                var waited = 0
                while waited < StopDeadline.milliseconds {
                    usleep(UInt32(StopDeadline.pollMilliseconds * 1000))
                    if StopDeadline.isOff.load(ordering: .acquiring) { return nil }
                    if StopDeadline.isPaused.load(ordering: .acquiring) { continue }
                    if StopSignal.isRequested { waited += StopDeadline.pollMilliseconds }
                }
                let (best, unfinished) = StopDeadline.files.withLock { $0 }
                for path in unfinished { unlink(path) }
                let remark =
                    StopDeadline.hasCheckpoints.load(ordering: .relaxed)
                    ? "go on from the last checkpoint with --resume"
                    : best.map { "wrote \($0), the best one so far" } ?? "nothing was written"
                printError("millrace: stopped by signal \(StopSignal.number ?? 0) while waiting for data; \(remark)")
                _exit(ExitStatus.stopped.rawValue)
            }, nil)
        pthread_detach(thread)
    }

    /// A model was written as the best one so far.
    static func wroteBest(_ path: String) { files.withLock { $0.best = path } }

    /// Names a hidden file that must not stay behind when the process is left.
    static func removes(_ path: String) { files.withLock { $0.unfinished.append(path) } }

    /// Waits while something is computed or written that takes its time.
    static func pause() { isPaused.store(true, ordering: .releasing) }
    static func goOn() { isPaused.store(false, ordering: .releasing) }

    /// Leaves the end to the run: what follows is short and must not be cut.
    static func turnOff() { isOff.store(true, ordering: .releasing) }
}
