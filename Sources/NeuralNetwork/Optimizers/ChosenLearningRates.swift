/// Step sizes that somebody chose, of all optimizers that share a model's variables.
extension Optimizer {
    /// The step size of each of `parts`; nil where a schedule is in charge, which needs nothing but the number of updates.
    package var chosenLearningRates: [Float?] { parts.map { $0.schedule.isConstant ? $0.learningRate : nil } }

    /// This optimizer with other step sizes; those that are nil, and those that are set already, stay.
    ///
    /// - Parameter rates: one for each of `parts`.
    package func withLearningRates(_ rates: [Float?]) -> any Optimizer {
        precondition(rates.count == parts.count, "Optimizer: \(rates.count) learning rates for \(parts.count) parts")
        guard rates != chosenLearningRates else { return self }
        switch self {
        case var scaled as LossScaleOptimizer:
            scaled.inner = scaled.inner.withLearningRates(rates)
            return scaled
        case var multiple as MultiOptimizer:
            multiple.parts = zip(multiple.parts, rates).map { $0.withLearningRates([$1]) }
            return multiple
        default:
            guard let rate = rates[0] else { return self }
            var result: any Optimizer = self
            result.learningRate = rate
            return result
        }
    }
}
