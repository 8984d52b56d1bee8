extension PrefetchSchedule {
    mutating func nextSegment() -> Segment? {
        guard !isGenerated, let slot = openBatch(), let batch = batches[slot] else { return nil }
        let first = rowsInSegments
        let end = min(first + segmentRows, batch.description.rowCount)
        let base = slot * batchSize
        var row = first
        while row < end {
            if cursor.needsBlock {
                guard admitNext() else { break }
                continue
            }
            let draw = cursor.draw()
            if case .failed(let error) = blockStates[draw.tag] {
                // What was drawn for this segment is dropped with the batch.
                fail(slot, row: row, error)
                batches[slot]?.description.rowCount = first
                close(slot, isLastBatch: true)
                return nil
            }
            picks[base + row] = Pick(slot: Int32(draw.tag), ordinal: Int32(draw.ordinal))
            if draw.isLast, !keepsBlocks { draining.append((draw.tag, segmentCount)) }
            row += 1
        }
        guard row > first else { return nil }
        rowsInSegments = row
        let segment = Segment(
            id: segmentCount, batchSlot: slot, firstRow: first, rowCount: row - first, epoch: cursor.order.epoch)
        segmentsInWork.append(segmentCount)
        segmentCount += 1
        if row == batch.description.rowCount { close(slot, isLastBatch: false) }
        return segment
    }

    // Batches are filled in bursts: once none is free, none is opened before half of them are, or the consumer has none
    // left to take. A worker that woke for every batch would take a core from the step each time, and every thread of the
    // step would wait for the one that lost it.
    var mayOpenBatch: Bool {
        !freeBatches.isEmpty && (isRefilling || freeBatches.count * 2 >= batches.count || ready.first == nil)
    }

    mutating func openBatch() -> Int? {
        if let current { return current }
        guard mayOpenBatch, let slot = freeBatches.popLast() else { return nil }
        isRefilling = !freeBatches.isEmpty
        let position = blocks.rowCount - cursor.remaining
        let rows = min(batchSize, cursor.remaining)
        batches[slot] = BatchState(
            description: BatchDescription(
                slot: slot, rowCount: rows, epoch: cursor.order.epoch, indexInEpoch: indexInEpoch,
                isLastOfEpoch: rows == cursor.remaining, firstSample: position))
        ready.append(slot)
        current = slot
        rowsInSegments = 0
        indexInEpoch += 1
        return slot
    }

    mutating func close(_ slot: Int, isLastBatch: Bool) {
        batches[slot]?.isGenerated = true
        current = nil
        if isLastBatch { isGenerated = true }
        guard cursor.remaining == 0, !isGenerated else { return }
        if cursor.order.epoch + 1 < epochs.upperBound {
            cursor = OrderCursor(order(of: cursor.order.epoch + 1), blocks: blocks, liveLimit: liveLimit)
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
