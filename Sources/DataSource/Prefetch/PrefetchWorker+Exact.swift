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
                epoch: segment.epoch)
            guard let error = fetch(rows[index], into: destination, &work) else { continue }
            // The row is converted with the others, and must not hold what was there before.
            destination.clear()
            let row = segment.firstRow + index
            if core.options.onBadBlock == .skip {
                skipped.append(row)
                core.monitor.update { $0.telemetry.skip(error) }
            } else if failure.map({ row < $0.row }) ?? true {
                failure = (row, error)
            }
        }
    }

    private func fetch(
        _ row: Int, into destination: BlockDestination, _ work: inout PrefetchTelemetry.Work
    ) -> DataError? {
        let block = core.blocks.index(of: row)
        if core.plan.readsSingleRows {
            return read(row..<row + 1, into: destination, &work).map { error in
                var named = error
                named.block = block
                named.rows = core.blocks[block]
                return named
            }
        }
        let ordinal = row - core.blocks[block].lowerBound
        do throws(DataError) {
            try core.cache.with(
                block,
                decode: { slot throws(DataError) in
                    if let error = decode(block, into: slot, epoch: destination.epoch, &work) { throw error }
                },
                { slot in
                    for column in core.plan.blockLayout.rowBytes.indices {
                        let rowBytes = core.plan.blockLayout.rowBytes[column]
                        let from =
                            core.blockAddress(slot) + core.plan.blockLayout.offsets[column] + ordinal * rowBytes
                        destination[column].copyMemory(from: UnsafeRawBufferPointer(start: from, count: rowBytes))
                    }
                })
            return nil
        } catch {
            return error
        }
    }
}
