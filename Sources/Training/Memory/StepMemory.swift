import Engine
import NeuralNetwork

/// What a training step holds, in bytes.
public struct StepMemory: Sendable {
    public let parameters: Int
    public let gradients: Int
    public let optimizer: Int
    /// Activations, workspaces and scratch memory: the arena.
    public let activations: Int
    /// The same when activations are computed again for the gradients, where that is less.
    public let recomputedActivations: Int

    public var total: Int { parameters + gradients + optimizer + activations }
}

extension Model {
    /// Plans a training step of `batchSize` rows and says what it holds. The model must be compiled.
    public func stepMemory(batchSize: Int) throws(TrainingError) -> StepMemory {
        let session = Session.of(self)
        let plan = try session.plan(.train, rows: batchSize)
        let recomputing = try session.plan(StepKey(mode: .train, rows: batchSize, recomputes: true), loss: nil)
        let demand = MemoryDemand(self, plans: [plan])
        return StepMemory(
            parameters: demand.parameters, gradients: demand.gradients, optimizer: demand.optimizer,
            activations: demand.activations, recomputedActivations: recomputing.arenaBytes)
    }

    /// What a training step of `batchSize` rows does: its primitives with layouts, its passes of elementwise work, its
    /// arena. The model must be compiled.
    package func planReport(batchSize: Int) throws(TrainingError) -> PlanReport {
        try Session.of(self).plan(.train, rows: batchSize).plan.report
    }

    /// What a prediction of `batchSize` rows does.
    package func predictionReport(batchSize: Int) throws(TrainingError) -> PlanReport {
        try Session.of(self).plan(.predict, rows: batchSize).plan.report
    }
}
