import Synchronization

/// The accounts under which large buffers are granted.
public enum MemoryAccount: Int, Sendable, CaseIterable {
    case parameters, gradients, optimizer, activations, decode, window, queue
}

/// What large memory is in use, by account, now and at its peak.
///
/// The ledger counts and does not block: who fills a bounded buffer waits under its own lock. An account may be given a
/// limit; going over it is a programmer's error and traps, because a cap that is silently broken is worse than a crash in
/// a test.
public final class MemoryLedger: Sendable {
    private struct Entry {
        var granted = 0
        var peak = 0
        var limit = Int.max
    }

    private let entries = Mutex<[Entry]>(Array(repeating: Entry(), count: MemoryAccount.allCases.count))

    public init() {}

    /// Sets the most bytes that an account may hold.
    public func setLimit(_ bytes: Int, for account: MemoryAccount) {
        entries.withLock { $0[account.rawValue].limit = bytes }
    }

    /// Records `bytes` more in use.
    public func grant(_ bytes: Int, to account: MemoryAccount) {
        entries.withLock {
            $0[account.rawValue].granted += bytes
            let entry = $0[account.rawValue]
            precondition(
                entry.granted <= entry.limit,
                "MemoryLedger: account \(account) holds \(entry.granted) bytes, its limit is \(entry.limit)")
            $0[account.rawValue].peak = max(entry.peak, entry.granted)
        }
    }

    /// Records `bytes` given back.
    public func release(_ bytes: Int, from account: MemoryAccount) {
        entries.withLock {
            $0[account.rawValue].granted -= bytes
            precondition(
                $0[account.rawValue].granted >= 0, "MemoryLedger: account \(account) released more than it was granted")
        }
    }

    /// Bytes in use now.
    public func granted(to account: MemoryAccount) -> Int { entries.withLock { $0[account.rawValue].granted } }

    /// The most bytes that were in use at once.
    public func peak(of account: MemoryAccount) -> Int { entries.withLock { $0[account.rawValue].peak } }

    /// Bytes in use now over all accounts.
    public var total: Int { entries.withLock { $0.reduce(0) { $0 + $1.granted } } }
}
