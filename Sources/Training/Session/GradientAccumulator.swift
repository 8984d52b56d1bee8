import CKernels
import Engine
import Memory

/// Gradients of several batches that become those of one large batch: `G = Σ dⱼ gⱼ / Σ dⱼ`, where `dⱼ` is what the loss of a
/// part counts for: its rows, or the sum of what counts in them. A loss whose terms count differently has such sums for
/// each of its shares, which are added up at last.
final class GradientAccumulator {
    private let store: ParameterStore
    private let ledger: MemoryLedger
    /// A sum for each share, one after the other; empty until the first gradients come.
    private var buffer = AlignedBuffer(byteCount: 0)
    /// Σ dⱼ of each share; nil for losses that are sums, which are added up as they are.
    private var divisors: [Double?] = [nil]
    /// Which shares have gradients already.
    private var isBegun = [false]
    /// Rows that were added since the last update.
    private(set) var rows = 0

    init(_ store: ParameterStore, _ ledger: MemoryLedger) {
        self.store = store
        self.ledger = ledger
    }

    deinit {
        ledger.release(grantedBytes, from: .gradients)
    }

    /// Whether gradients wait for an update.
    var isEmpty: Bool { rows == 0 }

    /// Makes places for the gradients of so many shares. To be called before a batch is added.
    ///
    /// - Throws: `TrainingError` when gradients of a loss with another number of shares wait.
    func prepare(shares: Int) throws(TrainingError) {
        guard shares != divisors.count else { return }
        guard isEmpty else {
            throw TrainingError(
                .usage,
                "gradients of \(rows) rows wait whose loss is divided in \(divisors.count) ways, and this batch's in "
                    + "\(shares); make the update before another loss")
        }
        divisors = Array(repeating: nil, count: shares)
        isBegun = Array(repeating: false, count: shares)
    }

    /// Adds the store's gradients.
    ///
    /// - Parameters:
    ///   - count: the rows of the batch; with the first share, and 0 with its others.
    ///   - divisor: `dⱼ`; nil for a loss that is a sum.
    ///   - share: whose gradients they are.
    func add(rows count: Int, divisor: Double?, share: Int = 0) {
        let floats = memory(share)
        // A layer that is freed while gradients wait begins with nothing.
        let trained = store.trainableRanges.reduce(0) { $0 + $1.count }
        let isFirst = !isBegun[share]
        if isFirst, trained < store.count { floats.update(repeating: 0, count: store.count) }
        for range in store.trainableRanges {
            millrace_accumulate(
                floats + range.lowerBound, store.gradients.baseAddress! + range.lowerBound, range.count,
                Float(divisor ?? 1), isFirst)
        }
        divisors[share] = divisor.map { (isFirst ? 0 : divisors[share] ?? 0) + $0 }
        isBegun[share] = true
        rows += count
    }

    /// Makes the store's gradients those of all that was added, and begins anew.
    func finish() {
        for share in divisors.indices {
            let floats = memory(share)
            let factor = divisors[share].map { $0 == 0 ? 1 : 1 / $0 } ?? 1
            for range in store.trainableRanges {
                millrace_accumulate(
                    store.gradients.baseAddress! + range.lowerBound, floats + range.lowerBound, range.count,
                    Float(factor), share == 0)
            }
        }
        reset()
    }

    /// Forgets what was added.
    func reset() {
        rows = 0
        for share in isBegun.indices { isBegun[share] = false }
    }

    private static let counts = "counts"
    /// Stands for the divisor of a loss that is a sum.
    private static let noDivisor = Double.nan
    private var grantedBytes = 0

    /// The sums of a share, each from a multiple of a cache line on.
    private func memory(_ share: Int) -> UnsafeMutablePointer<Float> {
        let stride = (store.count + 15) / 16 * 16
        let wanted = max(64, stride * divisors.count * 4)
        if buffer.byteCount < wanted {
            ledger.release(grantedBytes, from: .gradients)
            buffer = AlignedBuffer(byteCount: 0)
            grantedBytes = store.count * divisors.count * 4
            ledger.grant(grantedBytes, to: .gradients)
            buffer = AlignedBuffer(byteCount: wanted)
        }
        return buffer.floats.baseAddress! + share * stride
    }
}

extension GradientAccumulator: KeptState {
    var numbers: [String: [Double]] {
        isEmpty ? [:] : [Self.counts: [Double(rows)] + divisors.map { $0 ?? Self.noDivisor }]
    }

    /// The sums of the trained parameters, while they wait for an update.
    var tensors: [StateTensor] {
        guard !isEmpty else { return [] }
        return divisors.indices.flatMap { share in
            let floats = memory(share)
            return store.stateNames.enumerated().filter { store.entries[$0.offset].isTrainable }.map {
                store.stateTensor($0.offset, in: floats, named: share == 0 ? $0.element : "\(share):\($0.element)")
            }
        }
    }

    func prepare(numbers: [String: [Double]], tensors: [(name: String, shape: Shape)]) {
        let counts = numbers[Self.counts] ?? [0]
        rows = Int(counts[0])
        divisors = counts.count > 1 ? counts.dropFirst().map { $0.isNaN ? nil : $0 } : [nil]
        isBegun = Array(repeating: rows > 0, count: divisors.count)
    }
}
