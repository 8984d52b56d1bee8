internal import Workers

/// How far a conversion has come.
package struct ConversionProgress: Sendable {
    /// What is being done.
    package enum Stage: Sendable {
        /// Reading, encoding, writing.
        case converting
        /// Dealing the rows of a shuffle to spill files.
        case shuffling
        /// Writing shuffled rows.
        case writing
    }

    package var stage: Stage

    /// Rows that were taken from the input, those of interrupted runs among them, and all that there are where that is
    /// known.
    package var rows: Int
    package var allRows: Int?

    /// Bytes of the input that were read, likewise, and all that there are where that is known.
    package var inputBytes: Int
    package var allInputBytes: Int?

    /// The part of `rows` and `inputBytes` that was done before this run.
    package var earlierRows = 0
    package var earlierInputBytes = 0

    /// Rows that were left out.
    package var rejectedRows: Int
}

/// Moves rows from a feed into a sink until all are there: hands out jobs, takes results, waits when there is neither.
struct ConversionLoop {
    let stage: ConversionProgress.Stage
    let input: any RowInput
    let passes: Int
    let options: ConversionOptions
    let report: RejectionReport
    let pool: WorkPool
    let isStopped: () -> Bool
    let progress: (ConversionProgress) -> Void

    /// Pieces that are read or wait: enough to keep every thread busy.
    private var mostPieces: Int { 2 * pool.threadCount + 2 }

    /// Runs to the end; the first portion's rows before the origin are left out.
    func run(_ feed: RowFeed, into sink: some RowSink, from origin: RowOrigin) throws {
        var skipped = origin.rowsIntoPiece
        let earlierRows = origin.rowsBeforePass + origin.rowsBeforePiece
        var state = ConversionProgress(
            stage: stage, rows: earlierRows, allRows: input.rowCount.map { $0 * passes }, inputBytes: origin.inputBytes,
            allInputBytes: input.byteCount.map { $0 * passes }, earlierRows: earlierRows,
            earlierInputBytes: origin.inputBytes, rejectedRows: report.rowCount)
        var hasFlushed = false
        while !hasFlushed || !sink.isIdle {
            if isStopped() { throw ConversionError(.stopped, "stopped; what is finished is kept, go on with --resume") }
            let known = pool.completions
            var hasMoved = try sink.collect(feed)
            if !sink.isFull, let portion = try take(feed) {
                try sink.take(portion, from: skipped, of: feed)
                skipped = 0
                state.rows += portion.rows.rowCount
                state.inputBytes += portion.inputBytes
                state.rejectedRows = report.rowCount
                progress(state)
                hasMoved = true
            }
            if try feed.readAhead(most: mostPieces) { hasMoved = true }
            if feed.isExhausted, !hasFlushed {
                try sink.flush()
                hasFlushed = true
                hasMoved = true
            }
            if !hasMoved { pool.wait(after: known) }
        }
        try sink.close()
    }

    // The next portion; its rejected rows are reported, or end the conversion.
    private func take(_ feed: RowFeed) throws -> RowFeed.Portion? {
        guard var portion = try feed.takeReady() else { return nil }
        portion.origin.reportBytes = report.byteCount
        portion.origin.rejectedRows = report.rowCount
        if let first = portion.rejected.first, options.onBadRow == .fail {
            throw ConversionError(
                .badRow,
                "\(first); mend it, or leave such rows out with --on-bad-row skip, which reports each of them")
        }
        try report.add(portion.rejected)
        return portion
    }
}
