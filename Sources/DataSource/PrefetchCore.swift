import Memory
import Workers

/// What the workers, the stream and the batches on loan share: the memory, and the schedule behind its monitor.
///
/// Lives until the last of them is gone; then the ledger gets its bytes back.
final class PrefetchCore: BatchOwner, @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: slots and picks are written only by the worker to which the schedule gave
    // them, and handed on under the monitor's lock; everything else is immutable.
    let source: any Source
    let plan: StreamPlan
    let options: BatchOptions
    let monitor: Monitor<PrefetchSchedule>
    static let workerRoom = 0
    static let consumerRoom = 1
    private let ledger: MemoryLedger
    private let blockMemory: AlignedBuffer
    private let batchMemory: AlignedBuffer
    private let picks: UnsafeMutablePointer<PrefetchSchedule.Pick>
    // The block in each block slot, for workers that fill.
    private let slotBlocks: UnsafeMutablePointer<Int>
    private let blocks: BlockTable

    init(_ source: any Source, plan: StreamPlan, options: BatchOptions, ledger: MemoryLedger) {
        self.source = source
        self.plan = plan
        self.options = options
        self.ledger = ledger
        blocks = source.blocks
        ledger.grant(plan.windowBytes, to: .window)
        ledger.grant(plan.decodeBytes, to: .decode)
        ledger.grant(plan.queueBytes, to: .queue)
        blockMemory = AlignedBuffer(byteCount: plan.blockSlots * plan.blockLayout.byteCount)
        batchMemory = AlignedBuffer(byteCount: plan.queueBytes)
        picks = .allocate(capacity: plan.batchSlots * options.batchSize)
        slotBlocks = .allocate(capacity: plan.blockSlots)
        slotBlocks.initialize(repeating: 0, count: plan.blockSlots)
        monitor = Monitor(
            PrefetchSchedule(plan, blocks: source.blocks, options: options, picks: picks), rooms: 2
        ) { schedule, room in
            room == PrefetchCore.workerRoom ? schedule.hasWork : schedule.hasDelivery
        }
    }

    deinit {
        picks.deallocate()
        slotBlocks.deallocate()
        ledger.release(plan.windowBytes, from: .window)
        ledger.release(plan.decodeBytes, from: .decode)
        ledger.release(plan.queueBytes, from: .queue)
    }

    override func takeBack(_ slot: Int) { monitor.update { $0.takeBack(slot) } }

    /// Where a batch slot starts.
    func batchAddress(_ slot: Int) -> UnsafeMutableRawPointer {
        batchMemory.address + slot * plan.batchLayout.byteCount
    }

    /// A worker thread's life.
    func work() {
        let reader = source.makeReader()
        let rows = RowAddresses(capacity: plan.segmentRows)
        while true {
            switch monitor.wait(in: PrefetchCore.workerRoom, { $0.nextAction() }) {
            case .stop:
                return
            case .decode(let slot, let block):
                decode(block, into: slot, reader: reader)
            case .fill(let segment):
                let failure = fill(segment, rows: rows)
                monitor.update { $0.didFill(segment, failure: failure) }
            }
        }
    }

    private func decode(_ block: Int, into slot: Int, reader: any BlockReader) {
        let range = blocks[block]
        let before = reader.storedBytesRead
        slotBlocks[slot] = block
        var failure: DataError?
        do throws(DataError) {
            try reader.read(
                rows: range,
                into: BlockDestination(
                    address: blockMemory.address + slot * plan.blockLayout.byteCount, layout: plan.blockLayout,
                    rowCount: range.count))
        } catch {
            var named = error
            named.block = block
            named.rows = range
            failure = named
        }
        let read = reader.storedBytesRead - before
        monitor.update { $0.didDecode(slot: slot, storedBytes: read, failure: failure) }
    }

    // The hot loop: where each row lies, then one kernel call for each column.
    private func fill(_ segment: PrefetchSchedule.Segment, rows: RowAddresses) -> DataError? {
        let order = EpochOrder(
            policy: options.shuffle, seed: options.seed, epoch: segment.epoch, blockCount: blocks.count)
        let picked = picks + segment.batchSlot * options.batchSize + segment.firstRow
        let layout = plan.blockLayout
        for index in 0..<segment.rowCount {
            let slot = Int(picked[index].slot)
            let block = slotBlocks[slot]
            rows.indices[index] = order.row(
                Int(picked[index].ordinal), ofBlock: block, rowCount: blocks[block].count)
            rows.blocks[index] = UnsafeRawPointer(blockMemory.address + slot * layout.byteCount)
        }
        var bad: BatchLayout.BadValue?
        let target = batchAddress(segment.batchSlot)
        for column in plan.batchLayout.columns.indices {
            let offset = layout.offsets[column]
            let rowBytes = layout.rowBytes[column]
            for index in 0..<segment.rowCount {
                rows.addresses[index] = rows.blocks[index] + offset + rows.indices[index] * rowBytes
            }
            let count = plan.batchLayout.gather(
                column: column, rows: rows.addresses, count: segment.rowCount, into: target, firstRow: segment.firstRow)
            if count > 0 {
                // Only a row before the one that is known: the first is the same whoever fills.
                let range = bad?.index ?? segment.rowCount
                bad = plan.batchLayout.badValue(column: column, rows: rows.addresses, count: range) ?? bad
            }
        }
        return bad.map { bad in
            let first = blocks[slotBlocks[Int(picked[bad.index].slot)]].lowerBound
            let row = first + rows.indices[bad.index]
            return plan.batchLayout.error(bad, row: row, at: source.location(ofRow: row))
        }
    }
}

/// A worker's list of where the rows of a segment lie.
private final class RowAddresses {
    let blocks: UnsafeMutablePointer<UnsafeRawPointer>
    let indices: UnsafeMutablePointer<Int>
    let addresses: UnsafeMutablePointer<UnsafeRawPointer?>

    init(capacity: Int) {
        blocks = .allocate(capacity: capacity)
        indices = .allocate(capacity: capacity)
        addresses = .allocate(capacity: capacity)
    }

    deinit {
        blocks.deallocate()
        indices.deallocate()
        addresses.deallocate()
    }
}
