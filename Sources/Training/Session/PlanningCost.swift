public import NeuralNetwork

/// What planning steps has cost since a model was compiled.
public struct PlanningCost: Sendable, Equatable {
    /// Steps that were planned: one for each kind and size of batch, and one for each call with a loss that is not `Hashable`.
    public internal(set) var plans = 0
    public internal(set) var seconds = 0.0

    package init() {}
}

extension Model {
    /// What planning has cost since the model was compiled. A batch of a size that was met before costs nothing more.
    public var planningCost: PlanningCost { Session.of(self).planningCost }
}
