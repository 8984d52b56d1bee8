internal import Synchronization

/// Says at most once a second that something is due, over all threads: what costs too much to be done each time.
package final class RareCheck: Sendable {
    // The bits of the time before which nothing is due.
    private let next = Atomic<UInt64>(0)

    /// Due the first time.
    package init() {}

    /// Whether it is due for the caller, at a time in seconds of a clock that does not go back.
    package func isDue(at time: Double) -> Bool {
        let due = next.load(ordering: .relaxed)
        guard time >= Double(bitPattern: due) else { return false }
        return next.compareExchange(expected: due, desired: (time + 1).bitPattern, ordering: .relaxed).exchanged
    }
}
