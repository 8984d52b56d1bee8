extension PrefetchSchedule {
    /// The next thing to do, or nil to wait. Filling comes first: it frees blocks and feeds the consumer.
    mutating func nextAction() -> Action? {
        if isStopped { return .stop }
        if let segment = nextSegment() { return .fill(segment) }
        if let decode = nextDecode() { return decode }
        return isGenerated ? .stop : nil
    }

    /// Whether `nextAction` would return something.
    var hasWork: Bool {
        if isStopped || isGenerated { return true }
        if !freeBlocks.isEmpty, !isDecodeOver { return true }
        guard current != nil || mayOpenBatch else { return false }
        return !cursor.needsBlock || isNextBlockReady
    }

    /// A block was decoded, or failed.
    mutating func didDecode(slot: Int, storedBytes: Int, failure: DataError?) {
        blockStates[slot] = failure.map { .failed($0) } ?? .ready
        blocksDecoded += 1
        storedBytesRead += storedBytes
    }

    /// A segment's rows are in their batch, or some could not be converted.
    mutating func didFill(_ segment: Segment, failure: DataError?) {
        batches[segment.batchSlot]?.filled += segment.rowCount
        if let failure { fail(segment.batchSlot, row: segment.firstRow, failure) }
        segmentsInWork.removeAll { $0 == segment.id }
        let oldest = segmentsInWork.min() ?? segmentCount
        draining.removeAll { slot, last in
            guard last < oldest else { return false }
            blockStates[slot] = .free
            freeBlocks.append(slot)
            return true
        }
    }

    mutating func nextDecode() -> Action? {
        guard !isGenerated, let slot = freeBlocks.last else { return nil }
        guard !isDecodeOver else { return nil }
        if decodePosition == blocks.count {
            decodeOrder = order(of: decodeOrder.epoch + 1)
            decodePosition = 0
        }
        let block = decodeOrder.block(at: decodePosition)
        // When all blocks stay, the slot is the block's number, so that later epochs find it.
        let target = keepsBlocks ? block : slot
        freeBlocks.removeLast()
        decodePosition += 1
        blockStates[target] = .decoding
        ahead.append(target)
        return .decode(slot: target, block: block)
    }

    // Whether every block of every epoch was decoded or is being decoded.
    var isDecodeOver: Bool {
        decodePosition == blocks.count && (keepsBlocks || decodeOrder.epoch + 1 >= epochs.upperBound)
    }

    func order(of epoch: Int) -> EpochOrder {
        EpochOrder(policy: policy, seed: seed, epoch: epoch, blockCount: blocks.count)
    }
}
