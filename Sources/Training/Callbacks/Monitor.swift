import NeuralNetwork

/// A figure that a callback watches, and which of its values are better ones.
///
/// The value of an epoch comes from its report. An epoch that was not validated has no `val_` figures and is passed over;
/// a name that no figure has is an error at the end of the first epoch that names what there is. (Keras warns, and
/// trains on.)
public struct Monitor: Sendable {
    /// Which values are better ones.
    public enum Mode: String, Sendable {
        /// As the metric of that name says; of losses, smaller ones.
        case auto
        /// Smaller ones.
        case min
        /// Larger ones.
        case max
    }

    /// A figure's name, with `val_` in front for validation data.
    public let name: String
    public let mode: Mode
    /// A value counts as better when it is so by more than this.
    public let minDelta: Double

    public init(_ name: String, mode: Mode = .auto, minDelta: Double = 0) {
        self.name = name
        self.mode = mode
        self.minDelta = abs(minDelta)
    }

    /// The figure of an epoch; nil where the epoch was not validated and the figure is one of validation.
    ///
    /// - Throws: `TrainingError` when the run has no such figure.
    public func value(in report: EpochReport, _ run: TrainingRun) throws(TrainingError) -> Double? {
        if let value = report[name] { return value }
        let isValidated = name.hasPrefix("val_") && report.logs[String(name.dropFirst(4))] != nil
        if isValidated, report.validation == nil, run.hasValidation != false { return nil }
        let reason = isValidated && run.hasValidation == false ? "; the run has no validation data" : ""
        throw unknown(report.figures.map(\.name), reason)
    }

    /// The figure among those of an update, which are means since the epoch began.
    ///
    /// - Throws: `TrainingError` when there is no such figure.
    public func value(in report: BatchReport) throws(TrainingError) -> Double {
        if let value = report.logs[name] { return value }
        throw unknown(report.logs.all.map(\.name), "; figures of validation are known at the end of an epoch only")
    }

    private func unknown(_ names: [String], _ reason: String) -> TrainingError {
        TrainingError(.usage, "\"\(name)\" is no figure of the run: it has \(names.joined(separator: ", "))\(reason)")
    }

    /// Whether a value is better than the best one so far: `value + minDelta < best`, or `value - minDelta > best`.
    ///
    /// Both sides are rounded to float32 before they are compared, as in Keras: a difference in the last digits of a double
    /// is none. A first value is better, and NaN never is. (In Keras a first value that is NaN stays the best for ever.)
    ///
    /// - Throws: `TrainingError` when the mode is `auto` and the figure does not say which values are better.
    public func isImprovement(_ value: Double, over best: Double?, _ run: TrainingRun) throws(TrainingError) -> Bool {
        let isBetterWhenLarger = try isBetterWhenLarger(run)
        guard !value.isNaN else { return false }
        guard let best else { return true }
        return isBetterWhenLarger
            ? Float(value - minDelta) > Float(best) : Float(value + minDelta) < Float(best)
    }

    private func isBetterWhenLarger(_ run: TrainingRun) throws(TrainingError) -> Bool {
        switch mode {
        case .min: return false
        case .max: return true
        case .auto:
            let figure = name.hasPrefix("val_") ? String(name.dropFirst(4)) : name
            if let known = Session.of(run.model).figures.isBetterWhenLarger(figure) { return known }
            throw TrainingError(
                .usage, "whether a larger \"\(name)\" is a better one is not known; give the mode: min or max")
        }
    }
}
