import Glibc

/// A value behind one lock, with threads that wait until it lets them go on.
///
/// The value is a state machine: the closures only move its state and return what to do, the work happens outside the
/// lock. Every call that may have changed the state wakes all waiters, so the state decides who goes on; with the few
/// threads of a data path that costs less than choosing whom to wake, and no wake-up can be lost.
package final class Monitor<State>: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: `state` and `waiters` are touched with `mutex` held only.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State
    private var waiters = 0

    /// Puts `state` behind a lock.
    package init(_ state: consuming State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` on the state and wakes the waiters. `body` must not call back into this monitor.
    package func update<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let result = body(&state)
        if waiters > 0 { pthread_cond_broadcast(condition) }
        return result
    }

    /// Runs `body` until it returns a value, and waits for other threads' changes between two attempts.
    ///
    /// `body` must leave the state unchanged when it returns nil.
    package func wait<Result>(_ body: (inout State) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) {
                if waiters > 0 { pthread_cond_broadcast(condition) }
                return result
            }
            waiters += 1
            pthread_cond_wait(condition, mutex)
            waiters -= 1
        }
    }
}
