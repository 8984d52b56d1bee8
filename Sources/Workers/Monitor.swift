import Glibc

/// A value behind one lock, with threads that wait until it lets them go on.
///
/// The value is a state machine: the closures only move its state and return what to do, the work happens outside the
/// lock. After every call the monitor wakes waiters, so no wake-up can be lost.
///
/// Waiters stand in rooms. The plain form has one room and wakes everybody after each call. With several rooms the state
/// says who may proceed, and one waiter of such a room is woken; when it goes on, the next is asked. A thread that is
/// woken for nothing costs two context switches: with a trainer waiting for a batch of many segments, waking it for each
/// segment took a tenth of the decoders' time.
package final class Monitor<State>: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: `state` and `waiters` are touched with `mutex` held only.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let conditions: UnsafeMutablePointer<pthread_cond_t>
    private var state: State
    private var waiters: [Int]
    private let mayProceed: (@Sendable (inout State, Int) -> Bool)?

    /// Puts `state` behind a lock, with one room in which everybody is woken.
    package convenience init(_ state: consuming State) {
        self.init(state, rooms: 1, rule: nil)
    }

    /// Puts `state` behind a lock, with rooms of waiters that are alike. `mayProceed` says, without changing the state,
    /// whether a waiter of a room would go on.
    package convenience init(
        _ state: consuming State, rooms: Int, mayProceed: @escaping @Sendable (inout State, Int) -> Bool
    ) {
        self.init(state, rooms: rooms, rule: mayProceed)
    }

    private init(_ state: consuming State, rooms: Int, rule: (@Sendable (inout State, Int) -> Bool)?) {
        self.state = state
        mayProceed = rule
        waiters = Array(repeating: 0, count: rooms)
        mutex = .allocate(capacity: 1)
        conditions = .allocate(capacity: rooms)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // A clock that nobody sets.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        for room in 0..<rooms { pthread_cond_init(conditions + room, &attributes) }
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        for room in waiters.indices { pthread_cond_destroy(conditions + room) }
        pthread_mutex_destroy(mutex)
        conditions.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` on the state. `body` must not call back into this monitor.
    package func update<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let result = body(&state)
        wake()
        return result
    }

    /// Runs `body` until it returns a value, and waits in `room` for other threads' changes between two attempts.
    ///
    /// `body` must leave the state as it is when it returns nil.
    package func wait<Result>(in room: Int = 0, _ body: (inout State) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) {
                wake()
                return result
            }
            waiters[room] += 1
            pthread_cond_wait(conditions + room, mutex)
            waiters[room] -= 1
        }
    }

    /// As `wait`, for so many seconds at most; nil when they have passed.
    package func wait<Result>(in room: Int = 0, seconds: Double, _ body: (inout State) -> Result?) -> Result? {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let nanoseconds = end.tv_nsec + Int(seconds * 1e9)
        end.tv_sec += nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var isOver = false
        while true {
            if let result = body(&state) {
                wake()
                return result
            }
            guard !isOver else { return nil }
            waiters[room] += 1
            isOver = pthread_cond_timedwait(conditions + room, mutex, &end) == ETIMEDOUT
            waiters[room] -= 1
        }
    }

    private func wake() {
        for room in waiters.indices where waiters[room] > 0 {
            guard let mayProceed else {
                pthread_cond_broadcast(conditions + room)
                continue
            }
            if mayProceed(&state, room) { pthread_cond_signal(conditions + room) }
        }
    }
}
