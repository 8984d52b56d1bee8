extension PrefetchSchedule {
    /// The next run of samples whose blocks are all decoded, or nil.
    mutating func nextSegment() -> Segment? {
        while !isGenerated, unrestored.isEmpty, let slot = openBatch() {
            let first = rowsInSegments
            let position = blocks.rowCount - cursor.remaining
            if rules.policy == .exact {
                rowsInSegments = min(first + segmentRows, batches[slot]?.description.rowCount ?? 0)
                cursor.skip(rowsInSegments - first)
            } else {
                guard draw(slot, from: first) else { return nil }
            }
            let isWhole = rowsInSegments == batches[slot]?.description.rowCount
            defer { if isWhole { close(slot, isLastBatch: false) } }
            guard rowsInSegments > first else {
                // All that was left of the batch is skipped: go on with the next one.
                if isWhole { continue }
                return nil
            }
            let segment = Segment(
                id: segmentCount, batchSlot: slot, firstRow: first, rowCount: rowsInSegments - first,
                epoch: cursor.order.epoch, firstSample: position)
            segmentsInWork.append(segmentCount)
            segmentCount += 1
            return segment
        }
        return nil
    }

    // Draws rows for a segment; false when a bad block ended the stream.
    private mutating func draw(_ slot: Int, from first: Int) -> Bool {
        let base = slot * batchSize
        var row = first
        while row < min(first + segmentRows, batches[slot]?.description.rowCount ?? 0) {
            if cursor.needsBlock {
                guard admitNext() else { break }
                continue
            }
            let draw = cursor.draw()
            if case .failed(let error) = blockStates[draw.tag] {
                guard onBadBlock.leavesOut(error) else {
                    // What was drawn for this segment is dropped with the batch.
                    fail(slot, row: row, error)
                    batches[slot]?.description.rowCount = first
                    close(slot, isLastBatch: true)
                    return false
                }
                batches[slot]?.description.rowCount -= 1
                changes += 1
                telemetry.skip(error)
                if draw.isLast, !keepsBlocks { release(draw.tag) }
                continue
            }
            picks[base + row] = Pick(slot: Int32(draw.tag), ordinal: Int32(draw.ordinal))
            if draw.isLast, !keepsBlocks { draining.append((draw.tag, segmentCount)) }
            row += 1
        }
        rowsInSegments = row
        return true
    }

    // Batches that are ready or being filled.
    var batchesAhead: Int { batches.count - freeBatches.count - loans }

    // Batches are filled in bursts: once as many are ahead as may be, none is opened before half of them are taken, or the
    // consumer has none left to take. A worker that woke for every batch would take a core from the step each time, and
    // every thread of the step would wait for the one that lost it.
    var mayOpenBatch: Bool {
        guard !freeBatches.isEmpty, batchesAhead < tuner.batches else { return false }
        return isRefilling || batchesAhead * 2 <= tuner.batches || ready.first == nil
    }

    mutating func openBatch() -> Int? {
        if let current { return current }
        guard mayOpenBatch, let slot = freeBatches.popLast() else { return nil }
        isRefilling = !freeBatches.isEmpty && batchesAhead < tuner.batches
        let position = blocks.rowCount - cursor.remaining
        let rows = min(batchSize, cursor.remaining)
        batches[slot] = BatchState(
            description: BatchDescription(
                slot: slot, rowCount: rows, epoch: cursor.order.epoch, indexInEpoch: indexInEpoch,
                isLastOfEpoch: rows == cursor.remaining, firstSample: position, sampleCount: rows))
        ready.append(slot)
        current = slot
        rowsInSegments = 0
        indexInEpoch += 1
        return slot
    }

    mutating func close(_ slot: Int, isLastBatch: Bool) {
        batches[slot]?.isGenerated = true
        changes += 1
        current = nil
        noteIfComplete(slot)
        if isLastBatch { isGenerated = true }
        guard cursor.remaining == 0, !isGenerated else { return }
        if cursor.order.epoch + 1 < epochs.upperBound {
            cursor = rules.cursor(of: cursor.order.epoch + 1)
            indexInEpoch = 0
        } else {
            isGenerated = true
        }
    }

    // When all blocks stay, they are there from the second epoch on.
    var reusesBlocks: Bool { keepsBlocks && cursor.order.epoch > epochs.lowerBound }

    // Whether the next block to come in is decoded, or failed.
    var isNextBlockReady: Bool {
        if reusesBlocks { return true }
        guard let slot = ahead.first else { return false }
        return switch blockStates[slot] {
        case .ready, .failed: true
        case .free, .decoding: false
        }
    }

    // Lets the next block in, if it is ready.
    mutating func admitNext() -> Bool {
        guard isNextBlockReady else { return false }
        if reusesBlocks {
            cursor.admit(tag: cursor.order.block(at: cursor.admitted))
        } else if let slot = ahead.popFirst() {
            cursor.admit(tag: slot)
        }
        return true
    }

    mutating func fail(_ slot: Int, row: Int, _ error: DataError) {
        if let known = batches[slot]?.failure, known.row <= row { return }
        batches[slot]?.failure = (row, error)
    }
}
