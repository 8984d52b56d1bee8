/// What decides the order of samples, all of it: two streams of equal rules deliver the same rows at every position.
struct OrderRules: Sendable, Equatable {
    let policy: ShufflePolicy
    let seed: UInt64
    let blocks: BlockTable

    /// Blocks come in as they lie, because the source cannot go back.
    let isSequential: Bool

    /// Blocks from which samples are drawn at once.
    let liveBlocks: Int

    /// Rules for a source; `blockBytes` are those of its largest block.
    init(_ source: some Source, policy: ShufflePolicy, seed: UInt64, windowBytes: Int, blockBytes: Int) {
        self.policy = policy
        self.seed = seed
        blocks = source.blocks
        isSequential = source.isSequential
        let fitting = max(1, min(source.blocks.count, windowBytes / max(1, blockBytes)))
        liveBlocks = policy == .window ? fitting : 1
    }

    /// The order of one epoch.
    func order(of epoch: Int) -> EpochOrder { EpochOrder(self, epoch: epoch) }

    /// A cursor at the start of an epoch.
    func cursor(of epoch: Int) -> OrderCursor { OrderCursor(self, epoch: epoch) }
}
