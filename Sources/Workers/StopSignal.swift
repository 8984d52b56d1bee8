import Glibc
import Synchronization

/// Turns SIGINT and SIGTERM into a flag that a loop polls between two steps.
///
/// The second signal ends the process at once, with the status that the shell expects of that signal.
package enum StopSignal {
    // Constants with static initial values: the handler may touch them without running an initializer.
    private static let received = Atomic<Int32>(0)
    private static let installed = Atomic<Bool>(false)

    /// Starts catching the signals. Later calls do nothing.
    package static func install() {
        guard !installed.exchange(true, ordering: .sequentiallyConsistent) else { return }
        _ = received.load(ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in StopSignal.handle(number) }
        // Blocking reads go on after the handler: who polls decides when to stop.
        action.sa_flags = Int32(SA_RESTART)
        sigemptyset(&action.sa_mask)
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
        // A parent may have started us with both blocked, and the mask survives exec.
        var both = sigset_t()
        sigemptyset(&both)
        sigaddset(&both, SIGINT)
        sigaddset(&both, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &both, nil)
    }

    /// The signal that asked to stop, or nil.
    package static var number: Int32? {
        let number = received.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// Whether a signal asked to stop.
    package static var isRequested: Bool { number != nil }

    // Runs as a signal handler: only atomics, `signal` and `raise`, which are async-signal-safe.
    private static func handle(_ number: Int32) {
        if received.exchange(number, ordering: .sequentiallyConsistent) != 0 {
            signal(number, SIG_DFL)
            raise(number)
        }
    }
}
