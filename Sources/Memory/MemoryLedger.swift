import Synchronization

/// The accounts under which large buffers are granted.
public enum MemoryAccount: Int, Sendable, CaseIterable {
    case parameters, gradients, optimizer, activations, decode, window, queue
}

/// What large memory is in use, by account, now and at its peak.
///
/// The ledger counts and does not block: who fills a bounded buffer waits under its own lock.
public final class MemoryLedger: Sendable {
    private struct Entry {
        var granted = 0
        var peak = 0
    }

    private let entries = Mutex<[Entry]>(Array(repeating: Entry(), count: MemoryAccount.allCases.count))

    public init() {}

    /// Records `bytes` more in use.
    public func grant(_ bytes: Int, to account: MemoryAccount) {
        entries.withLock {
            $0[account.rawValue].granted += bytes
            $0[account.rawValue].peak = max($0[account.rawValue].peak, $0[account.rawValue].granted)
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
