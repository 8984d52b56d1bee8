extension PrefetchSchedule {
    /// Blocks whose bytes are asked for before the block that is decoded next.
    private static let adviseDistance = 8

    /// The next thing to do, or nil to wait. Filling comes first: it frees blocks and feeds the consumer.
    mutating func nextAction() -> Action? {
        if isStopped { return .stop }
        guard busyWorkers < tuner.workers || isGenerated else { return nil }
        let before = changes
        if let action = nextFinish() ?? nextSegment().map({ Action.fill($0) }) ?? nextDecode() {
            busyWorkers += 1
            return action
        }
        // The last batch may have become complete just now: somebody must still finish it.
        if isGenerated { return complete.count > 0 ? .again : .stop }
        // Batches whose samples were all left out are deliverable now, and nobody else would wake the consumer.
        return changes == before ? nil : .again
    }

    /// Whether `nextAction` would return something.
    var hasWork: Bool {
        if isStopped || isGenerated { return true }
        guard busyWorkers < tuner.workers else { return false }
        if complete.count > 0 { return true }
        if mayDecode { return true }
        guard unrestored.isEmpty, current != nil || mayOpenBatch else { return false }
        return !cursor.needsBlock || isNextBlockReady
    }

    /// A block was decoded, or failed.
    mutating func didDecode(slot: Int, work: PrefetchTelemetry.Work, failure: DataError?) {
        busyWorkers -= 1
        decodesInWork -= 1
        unrestored.remove(slot)
        blockStates[slot] = failure.map { .failed($0) } ?? .ready
        telemetry.add(work)
    }

    /// A segment's rows are in their batch, or some could not be had; `skipped` are rows of the batch to be left out.
    mutating func didFill(
        _ segment: Segment, work: PrefetchTelemetry.Work, failure: (row: Int, error: DataError)?, skipped: [Int]
    ) {
        busyWorkers -= 1
        telemetry.add(work)
        batches[segment.batchSlot]?.filled += segment.rowCount
        if !skipped.isEmpty { batches[segment.batchSlot]?.description.skippedRows += skipped }
        if let failure { fail(segment.batchSlot, row: failure.row, failure.error) }
        noteIfComplete(segment.batchSlot)
        segmentsInWork.removeAll { $0 == segment.id }
        let oldest = segmentsInWork.min() ?? segmentCount
        for (slot, last) in draining where last < oldest { release(slot) }
        draining.removeAll { $0.segment < oldest }
    }

    mutating func release(_ slot: Int) {
        blockStates[slot] = .free
        freeBlocks.append(slot)
    }

    // Whether a block may be decoded now. A source that cannot go back is read by one worker at a time, in order.
    private var mayDecode: Bool {
        guard rules.policy != .exact, !isGenerated, !rules.isSequential || decodesInWork == 0 else { return false }
        return restoring.count > 0 || (!freeBlocks.isEmpty && !isDecodeOver)
    }

    mutating func nextDecode() -> Action? {
        guard mayDecode else { return nil }
        decodesInWork += 1
        if let (slot, block) = restoring.popFirst() {
            blockStates[slot] = .decoding
            return .decode(slot: slot, block: block, epoch: decodeOrder.epoch, upcoming: restoring.first?.block)
        }
        if decodePosition == blocks.count {
            decodeOrder = rules.order(of: decodeOrder.epoch + 1)
            decodePosition = 0
        }
        let block = decodeOrder.block(at: decodePosition)
        // When all blocks stay, the slot is the block's number, so that later epochs find it.
        let slot = keepsBlocks ? block : freeBlocks[freeBlocks.count - 1]
        freeBlocks.removeLast()
        decodePosition += 1
        blockStates[slot] = .decoding
        ahead.append(slot)
        let later = decodePosition + Self.adviseDistance
        return .decode(
            slot: slot, block: block, epoch: decodeOrder.epoch,
            upcoming: later < blocks.count ? decodeOrder.block(at: later) : nil)
    }

    // Whether every block of every epoch was decoded or is being decoded.
    var isDecodeOver: Bool {
        decodePosition == blocks.count && (keepsBlocks || decodeOrder.epoch + 1 >= epochs.upperBound)
    }
}
