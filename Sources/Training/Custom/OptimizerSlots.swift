import Engine
import Memory

/// What an optimizer remembers of some parameters of a store.
final class OptimizerSlots {
    private let buffers: [SlotBuffer]
    /// Where each parameter begins in a buffer, in floats.
    private var places: [(parameter: Int, offset: Int)] = []

    /// - Parameter count: slots for every weight.
    init(_ count: Int, _ store: ParameterStore, _ parameters: [Int], _ ledger: MemoryLedger) {
        var next = 0
        for parameter in parameters {
            places.append((parameter, next))
            next += store.entries[parameter].extent
        }
        let floats = next
        buffers = (0..<count).map { _ in SlotBuffer(floats, ledger) }
    }

    /// The parameters' runs of weights, each with its places in the slots.
    func runs(of store: ParameterStore) -> [(range: Range<Int>, slots: [UnsafeMutablePointer<Float>])] {
        places.map { parameter, offset in
            let entry = store.entries[parameter]
            return (entry.offset..<entry.offset + entry.extent, buffers.map { $0.floats + offset })
        }
    }
}

private final class SlotBuffer {
    private let buffer: AlignedBuffer
    private let ledger: MemoryLedger

    init(_ count: Int, _ ledger: MemoryLedger) {
        ledger.grant(count * 4, to: .optimizer)
        buffer = AlignedBuffer(byteCount: max(64, count * 4))
        self.ledger = ledger
        self.count = count
    }

    deinit { ledger.release(count * 4, from: .optimizer) }

    private let count: Int
    var floats: UnsafeMutablePointer<Float> { buffer.floats.baseAddress! }
}
