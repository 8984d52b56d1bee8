import Workers

/// Decoded blocks for random access, in a fixed number of slots that all workers share.
///
/// A block that is wanted by two workers is decoded once; the second waits. A slot whose block was not used since the hand
/// of the clock last came by gives it up for another. Each worker holds on to at most one block, and there are as many
/// slots as workers, so somebody can always go on.
final class BlockCache: Sendable {
    private struct Slot {
        var block = -1
        var users = 0
        var isDecoded = false
        var wasUsed = false
    }

    private struct State {
        var slots: [Slot]
        var places: [Int: Int] = [:]
        var failures: [Int: DataError] = [:]
        var hand = 0
    }

    private enum Step {
        case use(Int)
        case decode(Int)
        case fail(DataError)
    }

    private let monitor: Monitor<State>

    /// An empty cache.
    init(slots: Int) {
        monitor = Monitor(State(slots: Array(repeating: Slot(), count: slots)))
    }

    /// Runs `body` with the slot in which `block` lies, decoded by `decode` if it is not there. A block that failed once
    /// is not tried again.
    func with(
        _ block: Int, decode: (_ slot: Int) throws(DataError) -> Void, _ body: (_ slot: Int) -> Void
    ) throws(DataError) {
        switch monitor.wait({ Self.acquire(block, in: &$0) }) {
        case .fail(let error):
            throw error
        case .use(let slot):
            body(slot)
            monitor.update { $0.slots[slot].users -= 1 }
        case .decode(let slot):
            do throws(DataError) {
                try decode(slot)
            } catch {
                monitor.update { state in
                    state.failures[block] = error
                    state.places[block] = nil
                    state.slots[slot] = Slot()
                }
                throw error
            }
            monitor.update { $0.slots[slot].isDecoded = true }
            body(slot)
            monitor.update { $0.slots[slot].users -= 1 }
        }
    }

    private static func acquire(_ block: Int, in state: inout State) -> Step? {
        if let error = state.failures[block] { return .fail(error) }
        if let slot = state.places[block] {
            guard state.slots[slot].isDecoded else { return nil }
            state.slots[slot].users += 1
            state.slots[slot].wasUsed = true
            return .use(slot)
        }
        // Twice around: the first time clears the marks.
        for _ in 0..<2 * state.slots.count {
            let slot = state.hand
            state.hand = (state.hand + 1) % state.slots.count
            guard state.slots[slot].users == 0 else { continue }
            guard !state.slots[slot].wasUsed else {
                state.slots[slot].wasUsed = false
                continue
            }
            state.places[state.slots[slot].block] = nil
            state.places[block] = slot
            state.slots[slot] = Slot(block: block, users: 1)
            return .decode(slot)
        }
        return nil
    }
}
