import Glibc

/// A lock that its holder may take again.
///
/// For a C library with global state: a handle's `deinit` calls the library too, and may run inside a locked call.
package final class RecursiveLock: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: the mutex synchronizes itself and is never replaced.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// Creates a free lock.
    package init() {
        mutex = .allocate(capacity: 1)
        reset()
    }

    /// Makes the lock free, whoever held it. For a child process alone, in which the holder does not exist.
    package func reset() {
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
        pthread_mutex_init(mutex, &attributes)
        pthread_mutexattr_destroy(&attributes)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the lock held.
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }
}
