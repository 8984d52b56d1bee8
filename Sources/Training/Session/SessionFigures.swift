/// Loss and metrics of a session: of the batch that is computed, and of all since the last reset.
struct SessionFigures {
    private var sums: Sums?
    /// The figures of the last batch that was counted, also one apart from others.
    private var lastLayout: FigureLayout?

    /// `share`: what the last batch had of one share of its loss.
    private struct Sums {
        let layout: FigureLayout
        let share: FigureSums
        let batch: FigureSums
        let running: FigureSums

        init(_ layout: FigureLayout) {
            self.layout = layout
            share = FigureSums(count: layout.count)
            batch = FigureSums(count: layout.count)
            running = FigureSums(count: layout.count)
        }
    }

    // MARK: Counting

    func beginBatch() { sums?.batch.reset() }

    /// Begins a share of the batch's loss; figures belong to one of them.
    func beginShare() { sums?.share.reset() }

    /// Adds up the figures of the last run of a plan.
    ///
    /// - Parameter lossFactor: of losses, which are means over the rows.
    mutating func count(_ plan: StepPlan, rows: Int, lossFactor: Double) {
        if sums == nil || sums!.layout.count != plan.figures.count {
            sums = Sums(plan.figures)
            lastLayout = plan.figures
        }
        sums!.share.add(plan, rows: rows, lossFactor: lossFactor)
    }

    /// Adds the figures of a share to those of the batch.
    ///
    /// - Parameter lossFactor: of the losses of a batch that was computed in parts.
    func endShare(lossFactor: Double) {
        guard let sums else { return }
        if lossFactor != 1 { sums.share.scale(sums.layout.losses.indices, by: lossFactor) }
        sums.batch.add(sums.share)
    }

    /// Adds the figures of the batch to the running ones.
    func endBatch() {
        guard let sums else { return }
        sums.running.add(sums.batch)
    }

    func resetRunning() { sums?.running.reset() }

    /// Begins sums that are none of those before.
    mutating func beginApart() { sums = nil }

    /// Goes on with the sums from before `beginApart`.
    mutating func goOn(as before: SessionFigures) { sums = before.sums }

    // MARK: Figures

    /// Of the last batch.
    var batch: Logs { sums.map { $0.layout.logs($0.batch.buffer, rows: $0.batch.rows) } ?? Logs(loss: .nan) }

    /// Of all rows since the last reset.
    var running: Logs { sums.map { $0.layout.logs($0.running.buffer, rows: $0.running.rows) } ?? Logs(loss: .nan) }

    /// The loss of the last batch.
    var batchLoss: Double { sums.map { $0.batch.buffer[0] / $0.batch.rows } ?? .nan }

    /// Whether a larger value of a figure is a better one; nil where that is not known.
    func isBetterWhenLarger(_ figure: String) -> Bool? {
        figure == "loss" ? false : (sums?.layout ?? lastLayout)?.isBetterWhenLarger(figure)
    }

    // MARK: Checkpoints

    /// Rows and sums since the last reset; nil before the first step.
    var runningSums: [Double]? { sums.map { [$0.running.rows] + $0.running.buffer } }

    /// Goes on from what `runningSums` gave.
    mutating func restore(_ running: [Double], _ layout: FigureLayout?) throws(TrainingError) {
        guard let layout, layout.count == running.count - 1 else {
            throw TrainingError(
                .checkpoint,
                "sums of \(running.count - 1) figures, expected \(layout?.count ?? 0): other losses or metrics")
        }
        sums = Sums(layout)
        sums!.running.set(rows: running[0], running[1...])
    }
}
