extension PrefetchSchedule {
    /// Takes the place that a stream has after `sample` samples of the first epoch.
    ///
    /// The order is walked without data. Of the blocks before that place only those that still have rows to be drawn are
    /// decoded, or all of them where blocks stay for later epochs.
    mutating func restore(_ sample: Int) {
        cursor.skip(sample)
        indexInEpoch = sample / batchSize
        guard rules.policy != .exact else { return }
        let positions = keepsBlocks ? Array(0..<cursor.admitted) : cursor.liveTags
        var slots: [Int: Int] = [:]
        for position in positions {
            let block = cursor.order.block(at: position)
            let slot = keepsBlocks ? block : freeBlocks[freeBlocks.count - 1]
            freeBlocks.removeLast()
            slots[position] = slot
            restoring.append((slot, block))
            unrestored.insert(slot)
        }
        cursor.retag { slots[$0] ?? 0 }
        decodePosition = cursor.admitted
    }
}
