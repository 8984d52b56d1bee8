extension PrefetchSchedule {
    /// Whether `nextBatch` would return something.
    var hasDelivery: Bool {
        guard failure == nil else { return true }
        guard let slot = ready.first, let batch = batches[slot] else { return isGenerated || isStopped }
        return isDone(batch)
    }

    /// The next batch in order, or nil to wait. A failure is delivered once its turn has come, and again on every call.
    mutating func nextBatch() -> Delivery? {
        if let failure { return .failure(failure) }
        guard let slot = ready.first, let batch = batches[slot] else {
            if isGenerated || isStopped { return .end }
            precondition(
                loans < batches.count, "BatchStream: all \(loans) batches are on loan; drop one before the next")
            return nil
        }
        guard isDone(batch) else { return nil }
        telemetry.delivered(ahead: batchesAhead)
        _ = ready.popFirst()
        if let found = batch.failure {
            failure = found.error
            isStopped = true
            return .failure(found.error)
        }
        loans += 1
        return .batch(batch.description)
    }

    /// A batch came back.
    mutating func takeBack(_ slot: Int) {
        batches[slot] = nil
        freeBatches.append(slot)
        loans -= 1
    }

    /// The consumer leaves: workers stop after what they are doing.
    mutating func stop() { isStopped = true }
}
