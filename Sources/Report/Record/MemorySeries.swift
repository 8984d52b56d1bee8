import Memory

/// Memory by account over time in bounded memory.
///
/// Neighbouring moments share a place, which keeps the one moment with the most resident bytes: the accounts that are
/// drawn on each other were in use at the same time.
package struct MemorySeries: Equatable {
    /// Bytes at a moment.
    package struct Moment: Equatable {
        package var resident: Float
        /// In the order of `MemoryAccount.allCases`.
        package var accounts: [Float]

        /// A moment of these figures.
        package init(resident: Float, accounts: [Float]) {
            self.resident = resident
            self.accounts = accounts
        }

        /// What of the resident bytes is in no account: code, libraries, thread stacks.
        package var base: Float { max(0, resident - accounts.reduce(0, +)) }
    }

    package let capacity: Int
    /// Ticks of a place, a power of two.
    package private(set) var width = 1
    /// Nil where nothing was measured.
    package private(set) var moments: [Moment?] = []
    /// The most bytes that were in no account.
    package private(set) var peakBase: Float = 0

    /// An empty series.
    package init(capacity: Int) {
        precondition(capacity >= 2, "MemorySeries: a capacity of \(capacity), expected at least 2")
        self.capacity = capacity
    }

    /// Adds what is in use at a tick of the clock, from 0.
    package mutating func add(_ moment: Moment, at tick: Int) {
        while max(0, tick) / width >= capacity { mergePairs() }
        let index = max(0, tick) / width
        while moments.count <= index { moments.append(nil) }
        moments[index] = Self.larger(moments[index], moment)
        peakBase = max(peakBase, moment.base)
    }

    private static func larger(_ first: Moment?, _ second: Moment?) -> Moment? {
        guard let first, let second else { return first ?? second }
        return second.resident > first.resident ? second : first
    }

    private mutating func mergePairs() {
        width *= 2
        moments = stride(from: 0, to: moments.count, by: 2).map { index in
            Self.larger(moments[index], index + 1 < moments.count ? moments[index + 1] : nil)
        }
    }

    /// All numbers in one list, for checkpoints: a moment after the other, -1 where nothing was measured.
    var numbers: [Float] {
        moments.flatMap { moment in
            moment.map { [$0.resident] + $0.accounts }
                ?? [Float](repeating: -1, count: 1 + MemoryAccount.allCases.count)
        }
    }

    /// Takes over what a checkpoint kept; nil when it cannot be of such a series.
    init?(capacity: Int, width: Int, peakBase: Float, numbers: [Float]) {
        let stride = 1 + MemoryAccount.allCases.count
        guard numbers.count % stride == 0, numbers.count / stride <= capacity, width > 0, width & (width - 1) == 0
        else { return nil }
        self.init(capacity: capacity)
        self.width = width
        self.peakBase = peakBase
        moments = Swift.stride(from: 0, to: numbers.count, by: stride).map { begin in
            guard numbers[begin] >= 0 else { return nil }
            return Moment(resident: numbers[begin], accounts: Array(numbers[begin + 1..<begin + stride]))
        }
    }
}
