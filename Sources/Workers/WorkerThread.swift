// Workers: threads, the monitor they wait on, and stop signals.
//
// The only target with thread primitives: everything above shares state through `Monitor` (a value-type state machine
// behind one lock) and runs on `WorkerThread`s that are named and joined. May import `Memory` and `CKernels`. How many workers there
// are and how deep a queue is belongs to who creates them, not here.

import Glibc
import Synchronization

/// A named thread that runs one function and is joined.
///
/// Whoever creates a worker owns its end: call `join()` before what the body uses goes away. Dropping a worker that was
/// not joined traps, because a thread that nobody waits for outlives the memory that it was lent.
package final class WorkerThread: Sendable {
    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let thread: Mutex<pthread_t?>

    /// Starts a thread; the kernel shows the first 15 bytes of `name`.
    ///
    /// Traps when the system refuses a thread.
    package init(name: String, body: @escaping @Sendable () -> Void) {
        var identifier = pthread_t()
        let start = Unmanaged.passRetained(Start(name: String(name.prefix(15)), body: body))
        let status = pthread_create(
            &identifier, nil,
            { context in
                guard let context else { return nil }
                let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                WorkerThread.setName(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard status == 0 else { fatalError("WorkerThread: the system refused a thread (error \(status))") }
        thread = Mutex(identifier)
    }

    // Swift does not see `pthread_setname_np` (a GNU extension) nor `prctl` (variadic): the kernel's file does the same.
    private static func setName(_ name: String) {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        var name = name
        name.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    /// Waits until the body has returned. Later calls return at once.
    package func join() {
        let identifier = thread.withLock { running -> pthread_t? in
            defer { running = nil }
            return running
        }
        if let identifier { pthread_join(identifier, nil) }
    }

    deinit {
        precondition(thread.withLock { $0 == nil }, "WorkerThread: dropped without join()")
    }
}
