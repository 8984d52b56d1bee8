import CKernels
import Memory

/// Keeps code that is not used out of memory while a process works under a cap.
///
/// A thread looks at the resident size fifty times a second. Near the cap it gives back the pages of code and constants,
/// of which those in use come back at once. It lives as long as this object, and leaves little behind.
package final class ResidentGuard: Sendable {
    /// Below this distance from the cap, code that is not used is in the way.
    private static let headroom = 24 << 20
    /// Code in use is less than this: what is more is given back.
    private static let codeBytes = 20 << 20
    /// Nearer still, even less may stay.
    private static let lastHeadroom = 4 << 20
    private static let leastCodeBytes = 12 << 20
    private static let leastGain = 4 << 20
    private static let period = 0.02

    private let isEnding = Monitor(false)
    private let thread: WorkerThread

    package init(cap: ByteCount) {
        millrace_release_code()
        let isEnding = isEnding
        let cap = cap.bytes
        thread = WorkerThread(name: "memory-guard") {
            // What came back behind the last release: less than that is no gain.
            var (inUse, wasReleased) = (0, false)
            while isEnding.wait(seconds: Self.period, { $0 ? true : nil }) == nil {
                let (resident, files) = ProcessMemory.resident
                let isNear = resident > cap - Self.headroom && files > Self.codeBytes
                let isLast = resident > cap - Self.lastHeadroom && files > Self.leastCodeBytes
                if wasReleased { inUse = files }
                wasReleased = (isNear || isLast) && files > inUse + Self.leastGain
                if wasReleased { millrace_release_code() }
            }
        }
    }

    deinit {
        isEnding.update { $0 = true }
        thread.join()
        // What comes next, saving the model for one, has code and memory of its own.
        millrace_trim_heap()
        millrace_release_code()
    }
}
