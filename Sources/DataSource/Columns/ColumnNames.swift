public import Memory

/// The columns that a source is opened with, by name, and what their rows become.
public struct ColumnNames: Sendable, Hashable {
    /// What the model calls its inputs and outputs; empty when there is no model to ask.
    public var modelInputs: [String] = []
    public var modelOutputs: [String] = []

    /// Columns in the model's order, or `input=column`; empty to have them found.
    public var x: [String] = []
    public var y: [String] = []

    /// The column of weights, if there is one.
    public var sampleWeight: String?

    /// The shapes of the model's inputs: what encoded images become where nothing else is said.
    public var modelInputShapes: [Shape] = []

    /// For columns of shards whose rows differ in length, by name, how they become rows of one.
    public var padding: [String: RowPadding] = [:]

    /// For columns of encoded images, by name, what they become.
    public var images: [String: ImageShape] = [:]

    /// The same for those that `images` does not name.
    public var imageSize: ImageShape?

    /// Whether data without targets will not do.
    public var requiresTargets = true

    /// Everything is found.
    public init() {}

    var request: ColumnRequest {
        ColumnRequest(
            inputs: modelInputs, outputs: modelOutputs, x: x, y: y, sampleWeight: sampleWeight,
            requiresTargets: requiresTargets)
    }
}
