internal import Memory

/// Walks one epoch's order: which block comes in next, and from which live block the next sample is drawn.
///
/// At most `liveLimit` blocks are live. While blocks are still to come, the live ones are visited in rounds, each at most
/// once a round in a new random order, and a block that is used up is replaced at once. Visiting in rounds spreads a
/// batch over the live blocks more evenly than independent draws. Each block has a rate of its own (it skips some
/// rounds), so that blocks that came in together do not end together, which would stall the decoders. When no block is to
/// come, the rest is drawn row by row with equal chances; if all blocks are live from the start, the whole epoch is a
/// uniform shuffle.
struct OrderCursor: Sendable {
    private struct Live {
        var tag: Int32 = 0
        var rowCount: Int32 = 0
        var remaining: Int32 = 0
        var rate: UInt32 = 0
    }

    /// One sample: the block's tag, and which draw from that block it is.
    struct Draw: Equatable {
        var tag: Int
        var ordinal: Int

        /// Whether this was the block's last row.
        var isLast: Bool
    }

    let order: EpochOrder
    private let blocks: BlockTable
    private let liveLimit: Int
    private var random: SplitMix64
    private var live: [Live]
    private var vacant: [Int32]
    private var round: [Int32]
    private var roundIndex = 0
    private var rest = WeightedPick()

    /// Blocks that came in so far.
    private(set) var admitted = 0

    /// Rows of the epoch that are still to be drawn.
    private(set) var remaining: Int

    /// The start of an epoch.
    init(_ rules: OrderRules, epoch: Int) {
        order = rules.order(of: epoch)
        blocks = rules.blocks
        liveLimit = min(max(1, rules.liveBlocks), blocks.count)
        random = order.draws
        remaining = blocks.rowCount
        live = Array(repeating: Live(), count: liveLimit)
        round = (0..<Int32(liveLimit)).map { $0 }
        vacant = round.reversed()
    }

    /// Whether the next block must come in before the next draw. Under `exact` rows are not drawn from live blocks.
    var needsBlock: Bool { !vacant.isEmpty && admitted < blocks.count && order.policy != .exact }

    /// Goes on by `count` rows. Blocks that come in on the way carry their position in the epoch as tag.
    mutating func skip(_ count: Int) {
        precondition(count >= 0 && count <= remaining, "OrderCursor: \(count) rows of \(remaining)")
        guard order.policy != .exact else {
            remaining -= count
            return
        }
        var left = count
        while left > 0 {
            while needsBlock { admit(tag: admitted) }
            left -= drawRun(most: left).count
        }
    }

    /// The tags of the blocks that still have rows to be drawn, in the order in which they came in if tags ascend.
    var liveTags: [Int] { live.filter { $0.remaining > 0 }.map { Int($0.tag) }.sorted() }

    /// Gives the live blocks other tags.
    mutating func retag(_ tag: (Int) -> Int) {
        for index in live.indices where live[index].remaining > 0 { live[index].tag = Int32(tag(Int(live[index].tag))) }
    }

    /// Lets the next block of the order in; draws from it will carry `tag`.
    mutating func admit(tag: Int) {
        guard let position = vacant.popLast(), admitted < blocks.count else {
            preconditionFailure("OrderCursor: no block is needed")
        }
        let count = Int32(blocks[order.block(at: admitted)].count)
        live[Int(position)] = Live(
            tag: Int32(tag), rowCount: count, remaining: count, rate: liveLimit > 1 ? order.rate(at: admitted) : 0)
        admitted += 1
        if admitted == blocks.count, liveLimit > 1 { rest = WeightedPick(live.map { Int($0.remaining) }) }
    }

    /// Draws the next sample. `needsBlock` must be false and rows must remain.
    mutating func draw() -> Draw {
        let position = drawRun(most: 1).position
        let isLast = live[position].remaining == 0
        return Draw(
            tag: Int(live[position].tag), ordinal: Int(live[position].rowCount - live[position].remaining) - 1,
            isLast: isLast)
    }

    // Draws up to `most` rows, and ends early when a block is used up. Returns where the last row came from, and how many
    // rows were drawn.
    private mutating func drawRun(most: Int) -> (position: Int, count: Int) {
        var run = (position: 0, count: 1)
        if liveLimit == 1 {
            run.count = min(most, Int(live[0].remaining))
            live[0].remaining -= Int32(run.count)
        } else if admitted == blocks.count {
            run.position = rest.take(random.next(below: remaining))
            live[run.position].remaining -= 1
        } else {
            run = drawInRounds(most: most)
        }
        remaining -= run.count
        if live[run.position].remaining == 0 { vacant.append(Int32(run.position)) }
        return run
    }

    // The inner loop of finding a position, some nanoseconds a row: one random number decides both which block is visited
    // next (its upper half) and whether it is drawn from (its lower half).
    private mutating func drawInRounds(most: Int) -> (position: Int, count: Int) {
        var random = random
        var index = roundIndex
        let limit = liveLimit
        defer {
            self.random = random
            roundIndex = index
        }
        return live.withUnsafeMutableBufferPointer { live in
            round.withUnsafeMutableBufferPointer { round in
                var count = 0
                while true {
                    if index == limit { index = 0 }
                    let number = random.next()
                    let other = index + Int(((number >> 32) &* UInt64(limit - index)) >> 32)
                    let chosen = round[other]
                    round[other] = round[index]
                    round[index] = chosen
                    index += 1
                    let position = Int(chosen)
                    guard UInt32(truncatingIfNeeded: number) < live[position].rate else { continue }
                    live[position].remaining -= 1
                    count += 1
                    if live[position].remaining == 0 || count == most { return (position, count) }
                }
            }
        }
    }
}

/// Weights that are drawn from without replacement, in logarithmic time: a Fenwick tree.
struct WeightedPick: Sendable {
    private var sums: [Int] = []
    private var top = 0

    init() {}

    init(_ weights: [Int]) {
        sums = [0] + weights
        for index in 1..<sums.count {
            let parent = index + (index & -index)
            if parent < sums.count { sums[parent] += sums[index] }
        }
        top = 1
        while top * 2 < sums.count { top *= 2 }
    }

    /// The place of unit `unit` when all weights are laid in a row; takes one unit away from it.
    mutating func take(_ unit: Int) -> Int {
        var index = 0
        var left = unit
        var step = top
        while step > 0 {
            let next = index + step
            if next < sums.count, sums[next] <= left {
                left -= sums[next]
                index = next
            } else if next < sums.count {
                sums[next] -= 1
            }
            step /= 2
        }
        return index
    }
}
