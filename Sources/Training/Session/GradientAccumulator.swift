import CKernels
import Engine
import Memory

/// Gradients of several batches that become those of one large batch: `G = Σ dⱼ gⱼ / Σ dⱼ`, where `dⱼ` is what the loss of a
/// part counts for: its rows, or the sum of what counts in them.
final class GradientAccumulator {
    private let store: ParameterStore
    private let ledger: MemoryLedger
    /// Empty until the first gradients come.
    private var buffer = AlignedBuffer(byteCount: 0)
    /// Σ dⱼ; nil for losses that are sums, which are added up as they are.
    private var divisor: Double?
    /// Rows that were added since the last update.
    private(set) var rows = 0

    init(_ store: ParameterStore, _ ledger: MemoryLedger) {
        self.store = store
        self.ledger = ledger
    }

    deinit {
        if buffer.byteCount > 0 { ledger.release(store.count * 4, from: .gradients) }
    }

    /// Whether gradients wait for an update.
    var isEmpty: Bool { rows == 0 }

    /// Adds the store's gradients.
    ///
    /// - Parameter share: `dⱼ`; nil for a loss that is a sum.
    func add(rows count: Int, share: Double?) {
        let floats = memory()
        // A layer that is freed while gradients wait begins with nothing.
        let trained = store.trainableRanges.reduce(0) { $0 + $1.count }
        if rows == 0, trained < store.count { floats.update(repeating: 0, count: store.count) }
        for range in store.trainableRanges {
            millrace_accumulate(
                floats + range.lowerBound, store.gradients.baseAddress! + range.lowerBound, range.count,
                Float(share ?? 1), rows == 0)
        }
        divisor = share.map { (rows == 0 ? 0 : divisor ?? 0) + $0 }
        rows += count
    }

    /// Makes the store's gradients those of all that was added, and begins anew.
    func finish() {
        let floats = memory()
        let factor = divisor.map { $0 == 0 ? 1 : 1 / $0 } ?? 1
        for range in store.trainableRanges {
            millrace_accumulate(
                store.gradients.baseAddress! + range.lowerBound, floats + range.lowerBound, range.count, Float(factor),
                true)
        }
        rows = 0
    }

    /// Forgets what was added.
    func reset() { rows = 0 }

    private static let counts = "counts"

    private func memory() -> UnsafeMutablePointer<Float> {
        if buffer.byteCount == 0 {
            ledger.grant(store.count * 4, to: .gradients)
            buffer = AlignedBuffer(byteCount: max(64, store.count * 4))
        }
        return buffer.floats.baseAddress!
    }
}

extension GradientAccumulator: KeptState {
    var numbers: [String: [Double]] { isEmpty ? [:] : [Self.counts: [Double(rows)] + (divisor.map { [$0] } ?? [])] }

    /// The sums of the trained parameters, while they wait for an update.
    var tensors: [StateTensor] {
        guard !isEmpty else { return [] }
        let floats = memory()
        return store.stateNames.enumerated().filter { store.entries[$0.offset].isTrainable }.map {
            store.stateTensor($0.offset, in: floats, named: $0.element)
        }
    }

    func prepare(numbers: [String: [Double]], tensors: [(name: String, shape: Shape)]) {
        let counts = numbers[Self.counts] ?? [0]
        rows = Int(counts[0])
        divisor = counts.count > 1 ? counts[1] : nil
    }
}
