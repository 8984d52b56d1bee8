/// What is done to a batch when all its rows are there: by a worker, as everything else.
extension PrefetchSchedule {
    /// Whether a batch can be delivered.
    func isDone(_ batch: BatchState) -> Bool {
        finishesBatches ? batch.isFinished : batch.isGenerated && batch.filled == batch.description.rowCount
    }

    /// Remembers a batch whose last row came in. One with an error ends the stream, and is finished as it is.
    mutating func noteIfComplete(_ slot: Int) {
        guard finishesBatches, let batch = batches[slot], batch.isGenerated, !batch.isFinished,
            batch.filled == batch.description.rowCount
        else { return }
        if batch.failure != nil || batch.description.rowCount == 0 {
            batches[slot]?.isFinished = true
        } else {
            complete.append(slot)
        }
    }

    /// A batch to be finished, or nil.
    mutating func nextFinish() -> Action? {
        guard let slot = complete.popFirst(), let batch = batches[slot] else { return nil }
        return .finish(batch.description)
    }

    /// A batch is finished; rows that were to be left out are.
    mutating func didFinish(_ description: BatchDescription, work: PrefetchTelemetry.Work) {
        busyWorkers -= 1
        telemetry.add(work)
        batches[description.slot]?.description = description
        batches[description.slot]?.isFinished = true
    }
}
