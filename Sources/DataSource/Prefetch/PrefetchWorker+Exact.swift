extension PrefetchWorker {
    /// Collects the rows of a segment of the `exact` policy, block by block, into the staging memory.
    ///
    /// A row that cannot be had ends the stream at its place, or is left out of the batch under `skip`.
    func fetch(
        _ segment: PrefetchSchedule.Segment, _ work: inout PrefetchTelemetry.Work,
        failure: inout (row: Int, error: DataError)?, skipped: inout [Int]
    ) {
        let order = core.plan.rules.order(of: segment.epoch)
        let rows = core.batchRows(segment.batchSlot) + segment.firstRow
        let layout = core.plan.rowLayout
        for index in 0..<segment.rowCount {
            rows[index] = order.exactRow(at: segment.firstSample + index)
            list.blocks[index] = UnsafeRawPointer(staging.address + index * layout.byteCount)
            list.indices[index] = 0
        }
        list.layout = layout
        // In the order of the data, so that rows of one block are fetched together.
        for index in (0..<segment.rowCount).sorted(by: { rows[$0] < rows[$1] }) {
            let destination = BlockDestination(
                address: staging.address + index * layout.byteCount, layout: layout, rowCount: 1,
                epoch: segment.epoch, failures: core.options.onBadBlock == .skip ? RowFailures() : nil)
            guard let (error, isOfRow) = fetch(rows[index], into: destination, &work) else { continue }
            // The row is converted with the others, and must not hold what was there before.
            destination.clear()
            let row = segment.firstRow + index
            if core.options.onBadBlock.leavesOut(error) {
                skipped.append(row)
                let number = isOfRow ? rows[index] : nil
                core.monitor.update { $0.telemetry.skip(error, row: number) }
            } else if failure.map({ row < $0.row }) ?? true {
                failure = (row, error)
            }
        }
    }

    // Returns what went wrong, and whether with this row alone.
    private func fetch(
        _ row: Int, into destination: BlockDestination, _ work: inout PrefetchTelemetry.Work
    ) -> (error: DataError, isOfRow: Bool)? {
        let block = core.blocks.index(of: row)
        if core.plan.readsSingleRows {
            if var error = read(row..<row + 1, into: destination, &work) {
                error.block = block
                error.rows = core.blocks[block]
                return (error, false)
            }
            return destination.failures?.named(block: block, rows: row..<row + 1)[0].map { ($0, true) }
        }
        var ofRow: DataError?
        let ordinal = row - core.blocks[block].lowerBound
        do throws(DataError) {
            try core.cache.with(
                block,
                decode: { slot throws(DataError) in
                    if let error = decode(block, into: slot, epoch: destination.epoch, &work) { throw error }
                },
                { slot in
                    if core.slotHasFailures[slot] { ofRow = core.slotFailures[slot][ordinal] }
                    for column in core.plan.blockLayout.rowBytes.indices {
                        let rowBytes = core.plan.blockLayout.rowBytes[column]
                        let from =
                            core.blockAddress(slot) + core.plan.blockLayout.offsets[column] + ordinal * rowBytes
                        destination[column].copyMemory(from: UnsafeRawBufferPointer(start: from, count: rowBytes))
                    }
                })
            return ofRow.map { ($0, true) }
        } catch {
            return (error, false)
        }
    }
}
