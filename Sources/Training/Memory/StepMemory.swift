import NeuralNetwork

/// What a training step holds, in bytes.
public struct StepMemory: Sendable {
    public let parameters: Int
    public let gradients: Int
    public let optimizer: Int
    /// Activations, workspaces and scratch memory: the arena.
    public let activations: Int

    public var total: Int { parameters + gradients + optimizer + activations }
}

extension Model {
    /// Plans a training step of `batchSize` rows and says what it holds. The model must be compiled.
    public func stepMemory(batchSize: Int) throws(TrainingError) -> StepMemory {
        let plan = try Session.of(self).plan(.train, rows: batchSize, weighted: false)
        let demand = MemoryDemand(self, plans: [plan])
        return StepMemory(
            parameters: demand.parameters, gradients: demand.gradients, optimizer: demand.optimizer,
            activations: demand.activations)
    }
}
