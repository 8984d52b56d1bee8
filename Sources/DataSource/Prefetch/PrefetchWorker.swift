import Memory
import Workers

/// One worker thread: its reader, its scratch memory, and its life.
final class PrefetchWorker {
    let core: PrefetchCore
    let reader: any BlockReader
    let list: RowAddresses

    /// Rows that were fetched one by one, each in the layout of a row: for the `exact` policy.
    let staging: AlignedBuffer
    private let number: Int
    private let augmentation: AugmentationScratch
    private var readSecondsBefore = 0.0
    private var storedBytesBefore = 0
    private var retriesBefore = 0

    init(_ core: PrefetchCore, number: Int) {
        self.core = core
        self.number = number
        reader = core.source.makeReader()
        list = RowAddresses(capacity: core.plan.segmentRows)
        augmentation = AugmentationScratch(rowBytes: core.plan.batchLayout.scratchRowBytes)
        let isExact = core.options.shuffle == .exact
        staging = AlignedBuffer(byteCount: isExact ? core.plan.segmentRows * core.plan.rowLayout.byteCount : 0)
    }

    /// Works until the schedule says stop.
    func run() {
        while true {
            switch core.monitor.wait(in: PrefetchCore.workerRoom, { $0.nextAction() }) {
            case .stop:
                return
            case .again:
                continue
            case .decode(let slot, let block, let epoch, let upcoming):
                if let upcoming { reader.prefetch(rows: core.blocks[upcoming]) }
                var work = PrefetchTelemetry.Work(worker: number)
                core.slotBlocks[slot] = block
                let failure = decode(block, into: slot, epoch: epoch, &work)
                core.monitor.update { $0.didDecode(slot: slot, work: work, failure: failure) }
            case .fill(let segment):
                fill(segment)
            case .finish(let batch):
                finish(batch)
            }
        }
    }

    /// Decodes a block into a slot, counting the work. Returns the error, named with block and rows.
    func decode(_ block: Int, into slot: Int, epoch: Int, _ work: inout PrefetchTelemetry.Work) -> DataError? {
        let rows = core.blocks[block]
        let failures = core.options.onBadBlock == .skip ? RowFailures() : nil
        let destination = BlockDestination(
            address: core.blockAddress(slot), layout: core.plan.blockLayout, rowCount: rows.count, epoch: epoch,
            failures: failures)
        work.blocks += 1
        defer {
            if let failures {
                core.slotFailures[slot] = failures.named(block: block, rows: rows)
                core.slotHasFailures[slot] = !failures.errors.isEmpty
            }
        }
        return read(rows, into: destination, &work).map { error in
            var named = error
            named.block = block
            named.rows = rows
            return named
        }
    }

    /// Reads rows of one block, counting the work.
    func read(
        _ rows: Range<Int>, into destination: BlockDestination, _ work: inout PrefetchTelemetry.Work
    ) -> DataError? {
        let start = ContinuousClock.now
        var failure: DataError?
        do throws(DataError) {
            try reader.read(rows: rows, into: destination)
        } catch {
            failure = error
        }
        let readSeconds = reader.readSeconds - readSecondsBefore
        readSecondsBefore = reader.readSeconds
        work.readSeconds += readSeconds
        work.decodeSeconds += max(0, start.secondsToNow - readSeconds)
        work.storedBytes += reader.storedBytesRead - storedBytesBefore
        storedBytesBefore = reader.storedBytesRead
        work.retries += reader.readRetries - retriesBefore
        retriesBefore = reader.readRetries
        if failure == nil { work.decodedBytes += rows.count * core.plan.blockLayout.rowBytes.reduce(0, +) }
        return failure
    }

    private func fill(_ segment: PrefetchSchedule.Segment) {
        var work = PrefetchTelemetry.Work(worker: number)
        var failure: (row: Int, error: DataError)?
        var skipped: [Int] = []
        let start = ContinuousClock.now
        if core.options.shuffle == .exact {
            fetch(segment, &work, failure: &failure, skipped: &skipped)
        } else {
            locate(segment, skipped: &skipped)
        }
        if let found = gather(segment), failure == nil { failure = (segment.firstRow, found) }
        work.fillSeconds = max(0, start.secondsToNow - work.readSeconds - work.decodeSeconds)
        work.filledBytes = segment.rowCount * core.plan.batchLayout.rowBytes
        core.monitor.update { [work, failure, skipped] in
            $0.didFill(segment, work: work, failure: failure, skipped: skipped)
        }
    }

    // Mixes the samples of a batch, all of which are there but those that are left out.
    private func finish(_ batch: BatchDescription) {
        let start = ContinuousClock.now
        let batch = batch.skippedRows.isEmpty ? batch : core.remove(batch.skippedRows, of: batch)
        core.plan.batchLayout.finish(
            batch, at: core.batchAddress(batch.slot), numbers: core.batchRows(batch.slot), scratch: augmentation)
        var work = PrefetchTelemetry.Work(worker: number)
        work.fillSeconds = start.secondsToNow
        core.monitor.update { [work] in $0.didFinish(batch, work: work) }
    }

    // Finds where each row of a segment lies in the decoded blocks; those that could not be decoded are to be skipped.
    private func locate(_ segment: PrefetchSchedule.Segment, skipped: inout [Int]) {
        let order = core.plan.rules.order(of: segment.epoch)
        let picked = core.picks + segment.batchSlot * core.plan.batchSize + segment.firstRow
        let rows = core.batchRows(segment.batchSlot) + segment.firstRow
        // Read once and not for each row: for rows of some hundred bytes this loop is a good part of the work.
        let (blocks, slotBlocks) = (core.blocks, core.slotBlocks)
        let (memory, stride) = (UnsafeRawPointer(core.blockAddress(0)), core.plan.blockLayout.byteCount)
        let (starts, indices) = (list.blocks, list.indices)
        let hasFailures = core.slotHasFailures
        for index in 0..<segment.rowCount {
            let slot = Int(picked[index].slot)
            let block = slotBlocks[slot]
            let range = blocks[block]
            let row = order.row(Int(picked[index].ordinal), ofBlock: block, rowCount: range.count)
            indices[index] = row
            starts[index] = memory + slot * stride
            rows[index] = range.lowerBound + row
            guard hasFailures[slot], let error = core.slotFailures[slot][row] else { continue }
            skipped.append(segment.firstRow + index)
            core.monitor.update { $0.telemetry.skip(error, row: range.lowerBound + row) }
        }
        list.layout = core.plan.blockLayout
    }

    // The hot loop: one kernel call for each column, from where the rows lie into the batch.
    private func gather(_ segment: PrefetchSchedule.Segment) -> DataError? {
        let layout = core.plan.batchLayout
        let target = core.batchAddress(segment.batchSlot)
        var bad: BatchLayout.BadValue?
        for column in layout.columns.indices {
            list.point(to: column, count: segment.rowCount)
            if let augmenter = layout.columns[column].augmenter, !augmenter.isIdentity {
                layout.augment(
                    column: column, augmenter, rows: list.addresses, count: segment.rowCount,
                    numbers: core.batchRows(segment.batchSlot) + segment.firstRow, epoch: segment.epoch, into: target,
                    firstRow: segment.firstRow, scratch: augmentation)
                continue
            }
            let count = layout.gather(
                column: column, rows: list.addresses, count: segment.rowCount, into: target,
                firstRow: segment.firstRow)
            if let entry = list.layout?.lengthEntries[column] {
                list.point(to: entry, count: segment.rowCount)
                layout.gatherLengths(
                    column: column, rows: list.addresses, count: segment.rowCount, into: target,
                    firstRow: segment.firstRow)
                list.point(to: column, count: segment.rowCount)
            }
            if count > 0 {
                // Only a row before the one that is known: the first is the same whoever fills.
                let range = bad?.index ?? segment.rowCount
                bad = layout.badValue(column: column, rows: list.addresses, count: range) ?? bad
            }
        }
        return bad.map { bad in
            let row = core.batchRows(segment.batchSlot)[segment.firstRow + bad.index]
            return layout.error(bad, row: row, at: core.source.location(ofRow: row))
        }
    }
}

/// A worker's list of where the rows of a segment lie: a start for each row, and a row number behind it.
final class RowAddresses {
    let blocks: UnsafeMutablePointer<UnsafeRawPointer>
    let indices: UnsafeMutablePointer<Int>
    let addresses: UnsafeMutablePointer<UnsafeRawPointer?>
    var layout: BlockLayout?

    /// Bytes of a list, for the ledger.
    static func byteCount(capacity: Int) -> Int { capacity * 3 * MemoryLayout<Int>.stride }

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

    /// Sets the addresses of a column of the first `count` rows.
    func point(to column: Int, count: Int) {
        guard let layout else { return }
        let offset = layout.offsets[column]
        let rowBytes = layout.rowBytes[column]
        for index in 0..<count { addresses[index] = blocks[index] + offset + indices[index] * rowBytes }
    }
}
