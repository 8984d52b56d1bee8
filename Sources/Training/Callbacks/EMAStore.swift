import CKernels
import Engine
import Memory
import NeuralNetwork

/// Averages of a model's weights in flat memory, laid out like the weights: an update is one pass at memory speed.
final class EMAStore {
    private let buffer: AlignedBuffer
    private let bytes: Int
    private let store: ParameterStore
    private let ledger: MemoryLedger

    /// Begins with the weights.
    init(_ model: Model) {
        store = model.store
        ledger = model.ledger
        bytes = max(16, store.count) * MemoryLayout<Float>.stride
        ledger.grant(bytes, to: .optimizer)
        buffer = AlignedBuffer(byteCount: bytes)
        _ = buffer.floats.update(from: store.weights)
    }

    /// Begins with values that `values` gave.
    convenience init(_ model: Model, _ values: [[Float]]) throws {
        let values = try Self.checked(values, model.store)
        self.init(model)
        // The store moves numbers between row-major order and its own.
        swapAll()
        defer { swapAll() }
        for (index, values) in values.enumerated() { try store.write(values, to: index) }
    }

    /// Values that fit the parameters.
    static func checked(_ values: [[Float]], _ store: ParameterStore) throws(TrainingError) -> [[Float]] {
        let expected = store.entries.map(\.shape.elementCount)
        guard values.map(\.count) == expected else {
            throw TrainingError(
                .usage,
                "SwapEMAWeights: the averages to go on from have sizes \(values.map(\.count)), the model's parameters "
                    + "\(expected); restore the state of a run of this model")
        }
        return values
    }

    deinit { ledger.release(bytes, from: .optimizer) }

    /// `average = momentum · average + (1 − momentum) · weight`.
    func add(momentum: Float) {
        for range in store.trainableRanges {
            millrace_blend(
                buffer.floats.baseAddress! + range.lowerBound, store.weights.baseAddress! + range.lowerBound,
                range.count,
                momentum, 1 - momentum)
        }
    }

    /// Exchanges averages and trained weights.
    func swap() {
        for range in store.trainableRanges { swap(range) }
    }

    private func swapAll() { swap(0..<store.count) }

    private func swap(_ range: Range<Int>) {
        millrace_swap(
            buffer.floats.baseAddress! + range.lowerBound, store.weights.baseAddress! + range.lowerBound, range.count)
    }

    /// The values of all parameters, row-major.
    var values: [[Float]] {
        swapAll()
        defer { swapAll() }
        return store.entries.indices.map { index in
            do { return try store.read(index) } catch { preconditionFailure("EMAStore: \(error)") }
        }
    }
}
