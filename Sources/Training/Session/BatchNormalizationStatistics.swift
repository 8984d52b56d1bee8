import NeuralNetwork

/// Whose statistics batch normalization takes where a batch is computed in parts.
public enum BatchNormalizationStatistics: String, Sendable, Hashable, CaseIterable {
    /// Each part's own: one pass over the batch. Results are those of small batches, and change with the parts.
    case microBatch = "micro"
    /// Those of all rows of the batch: results are those of the batch computed at once, to rounding, whatever the parts.
    ///
    /// Memory stays that of a part, and the rows are passed more often. With L layers of batch normalization one behind
    /// the other, a batch takes L passes forward, each to the next of them, then L passes forward and back, each back to
    /// the next of them from the end, then the step itself: about `1 + 0.8 L` times the time of a step.
    case wholeBatch = "whole"
}

extension Model {
    /// Whether layers take statistics of batches in training.
    var hasBatchNormalization: Bool { allLayers.contains { $0 is BatchNormalization && $0.isTrainable } }
}
