import DataSource

/// The batches of a run, and what they cost epoch by epoch.
final class FitFeed {
    let stream: BatchStream
    /// What the stream had done when the epoch before ended: workers read ahead across that border.
    private var before = StreamStatistics()
    private var reported = 0
    /// Blocks that callbacks know of.
    private(set) var reportedBlocks: [String] = []
    /// Before the run was resumed.
    private var skippedBlocks = 0

    init(_ stream: BatchStream) { self.stream = stream }

    func beginEpoch() { before = latest ?? before }

    private var latest: StreamStatistics?

    /// Of the epoch so far; the next one begins where this was asked last.
    var statistics: StreamStatistics {
        let now = stream.statistics
        latest = now
        var part = now.since(before)
        // A stream that goes on within an epoch meets the bad blocks of its window once more.
        part.skippedBlocks = max(part.skippedBlocks, skippedBlocks)
        return part
    }

    /// Where the stream is.
    var state: StreamState {
        get throws(TrainingError) { do { return try stream.state } catch { throw TrainingError(error) } }
    }

    /// Goes on within an epoch, of which a part has been done.
    func resume(_ done: StreamStatistics, reported: [String]) {
        before = StreamStatistics().since(done)
        skippedBlocks = done.skippedBlocks
        reportedBlocks = reported
    }

    var waitSeconds: Double { stream.waitSeconds - before.waitSeconds }

    /// Tells callbacks of blocks that were skipped and not reported yet.
    func reportBadBlocks(to run: TrainingRun) throws {
        let errors = stream.badBlocks.dropFirst(reported)
        reported += errors.count
        for error in errors {
            let name =
                "\(error.file ?? "") \(error.dataset ?? "") \(error.block ?? -1) \(error.rows?.lowerBound ?? -1)"
            // A line about many blocks is none of a block, and each epoch has its own.
            if error.block != nil || error.rows != nil {
                guard !reportedBlocks.contains(name) else { continue }
                reportedBlocks.append(name)
            }
            for callback in run.callbacks { try callback.blockWasSkipped(error, run) }
        }
    }
}
