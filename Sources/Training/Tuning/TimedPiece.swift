import DataSource
import NeuralNetwork

/// A piece of a run that is timed: what of the data it streams, and through what window.
package struct PieceForm: Sendable, Hashable {
    /// The rows from the first on.
    package var rows: Int
    package var windowBytes: Int
    /// The parts in which a batch is computed.
    package var accumulate: Int
    /// Whether activations are computed again for the gradients.
    package var recomputes: Bool

    package init(rows: Int, windowBytes: Int, accumulate: Int, recomputes: Bool) {
        self.rows = rows
        self.windowBytes = windowBytes
        self.accumulate = accumulate
        self.recomputes = recomputes
    }
}

extension FitSettings {
    /// Those of a piece of such a run: a stopwatch ends it, and no epoch's end is in it.
    package func ofPiece(windowBytes: Int) -> FitSettings {
        var piece = self
        (piece.epochs, piece.initialEpoch) = (1, 0)
        piece.stepsPerEpoch = 1 << 30
        piece.checkpointing = nil
        piece.windowBytes = windowBytes
        return piece
    }
}

extension Model {
    /// Trains for so many seconds, and gives the speed; nil when it was stopped before there was one.
    ///
    /// - Parameter fit: as `ofPiece` makes them.
    func rateOfPiece(
        _ source: any Source, _ fit: FitSettings, _ plan: MemoryPlan, seconds: Double,
        isStopped: @escaping () -> Bool
    ) throws -> RunRate? {
        let stopwatch = TuningStopwatch(seconds: seconds, isStopped: isStopped)
        try self.fit(source, fit, plan, callbacks: [stopwatch])
        return stopwatch.rate
    }

    /// The speed of a piece of this form under the settings' cap; nil when it was stopped before there was one.
    ///
    /// - Throws: `TrainingError`, of kind `.configuration` when the cap does not hold the piece as it is.
    package func rate(
        of form: PieceForm, _ source: any Source, _ settings: FitSettings, seconds: Double,
        isStopped: @escaping () -> Bool
    ) throws -> RunRate? {
        let source = form.rows < source.rowCount ? source.rows(0..<form.rows) : source
        var fit = settings.ofPiece(windowBytes: form.windowBytes)
        fit.accumulate = form.accumulate
        fit.recomputation = form.recomputes ? .always : .never
        let plan = try plan(source, fit)
        let workers = fit.decodeWorkers ?? plan.options.decodeWorkers
        guard plan.options.windowBytes >= form.windowBytes, plan.options.decodeWorkers >= workers else {
            throw TrainingError(
                .configuration, "its window of \(form.windowBytes) bytes and its \(workers) workers do not fit")
        }
        return try rateOfPiece(source, fit, plan, seconds: seconds, isStopped: isStopped)
    }
}
