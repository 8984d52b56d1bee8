import Memory
import Workers

/// What the workers, the stream and the batches on loan share: the memory, and the schedule behind its monitor.
///
/// Lives until the last of them is gone; then the ledger gets its bytes back.
final class PrefetchCore: BatchOwner, @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: slots, picks and rows are written only by the worker to which the schedule
    // gave them, and handed on under the monitor's lock; everything else is immutable.
    let source: any Source
    let plan: StreamPlan
    let options: BatchOptions
    let monitor: Monitor<PrefetchSchedule>
    static let workerRoom = 0
    static let consumerRoom = 1
    let blocks: BlockTable
    let picks: UnsafeMutablePointer<PrefetchSchedule.Pick>

    /// The block in each block slot, for workers that fill.
    let slotBlocks: UnsafeMutablePointer<Int>

    /// The rows of the block in each slot that could not be decoded, by their place in it, and whether there are any.
    let slotFailures: UnsafeMutablePointer<[Int: DataError]>
    let slotHasFailures: UnsafeMutablePointer<Bool>

    /// Decoded blocks for the `exact` policy.
    let cache: BlockCache
    private let rows: UnsafeMutablePointer<Int>
    private let ledger: MemoryLedger
    private let blockMemory: AlignedBuffer
    private let batchMemory: AlignedBuffer

    init(
        _ source: any Source, plan: StreamPlan, options: BatchOptions, epoch: Int, sample: Int, ledger: MemoryLedger
    ) {
        self.source = source
        self.plan = plan
        self.options = options
        self.ledger = ledger
        blocks = source.blocks
        ledger.grant(plan.windowBytes, to: .window)
        ledger.grant(plan.decodeBytes, to: .decode)
        ledger.grant(plan.queueBytes, to: .queue)
        blockMemory = AlignedBuffer(byteCount: plan.blockSlots * plan.blockLayout.byteCount)
        batchMemory = AlignedBuffer(byteCount: plan.batchSlots * plan.batchLayout.byteCount)
        picks = .allocate(capacity: plan.batchSlots * plan.batchSize)
        rows = .allocate(capacity: plan.batchSlots * plan.batchSize)
        slotBlocks = .allocate(capacity: plan.blockSlots)
        slotBlocks.initialize(repeating: 0, count: plan.blockSlots)
        slotFailures = .allocate(capacity: plan.blockSlots)
        slotFailures.initialize(repeating: [:], count: plan.blockSlots)
        slotHasFailures = .allocate(capacity: plan.blockSlots)
        slotHasFailures.initialize(repeating: false, count: plan.blockSlots)
        cache = BlockCache(slots: options.shuffle == .exact ? plan.blockSlots : 0)
        monitor = Monitor(
            PrefetchSchedule(plan, options: options, picks: picks, epoch: epoch, sample: sample), rooms: 2
        ) { schedule, room in
            room == PrefetchCore.workerRoom ? schedule.hasWork : schedule.hasDelivery
        }
    }

    deinit {
        picks.deallocate()
        rows.deallocate()
        slotBlocks.deallocate()
        slotFailures.deinitialize(count: plan.blockSlots)
        slotFailures.deallocate()
        slotHasFailures.deallocate()
        ledger.release(plan.windowBytes, from: .window)
        ledger.release(plan.decodeBytes, from: .decode)
        ledger.release(plan.queueBytes, from: .queue)
    }

    override func takeBack(_ slot: Int) { monitor.update { $0.takeBack(slot) } }

    /// Where a block slot starts.
    func blockAddress(_ slot: Int) -> UnsafeMutableRawPointer {
        blockMemory.address + slot * plan.blockLayout.byteCount
    }

    /// Where a batch slot starts.
    func batchAddress(_ slot: Int) -> UnsafeMutableRawPointer {
        batchMemory.address + slot * plan.batchLayout.byteCount
    }

    /// The source's row of each sample of a batch slot.
    func batchRows(_ slot: Int) -> UnsafeMutablePointer<Int> { rows + slot * plan.batchSize }

    /// Leaves rows out of a filled batch, moving up those behind them.
    func remove(_ skipped: [Int], of description: BatchDescription) -> BatchDescription {
        var description = description
        let skipped = Set(skipped)
        let kept = (0..<description.rowCount).filter { !skipped.contains($0) }
        plan.batchLayout.keep(kept, at: batchAddress(description.slot))
        for (to, from) in kept.enumerated() { batchRows(description.slot)[to] = batchRows(description.slot)[from] }
        description.rowCount = kept.count
        description.skippedRows = []
        return description
    }
}
