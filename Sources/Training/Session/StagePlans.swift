import Engine
import Memory
import NeuralNetwork

/// Plans the steps of one batch, and knows what they would take were all activations kept.
final class StepPlanner {
    private let store: ParameterStore
    private let arena: ActivationArena
    private let recomputes: Bool
    /// The largest arena of the plans as they are.
    private(set) var storedBytes = 0
    /// Whether a plan computes activations again.
    private(set) var recomputed = false

    init(store: ParameterStore, arena: ActivationArena, recomputes: Bool) {
        self.store = store
        self.arena = arena
        self.recomputes = recomputes
    }

    func plan(_ step: StepGraph) throws -> Plan {
        // The plan of the step as it is comes first in any case: it decides how weights lie.
        let whole = try Plan(step, store: store, arena: arena)
        storedBytes = max(storedBytes, whole.arenaBytes)
        guard recomputes, step.hasGradients else { return whole }
        let plan = try Plan.recomputing(step, instead: whole, store: store, arena: arena)
        if plan !== whole { recomputed = true }
        return plan
    }
}

/// What is run of a part of a batch beside its step, where the parts take statistics together.
final class StagePlans {
    /// The plans that tell what this part has for the values of the whole batch, stage by stage.
    let stages: [Plan]
    /// Updates that follow from the values of the whole batch alone.
    let updates: Plan?
    let exchanges: [StagedStep.Exchange]

    init(_ staged: StagedStep, _ planner: StepPlanner) throws {
        stages = try staged.stages.map { try planner.plan($0) }
        updates = try staged.updates.map { try planner.plan($0) }
        exchanges = staged.exchanges
    }

    var arenaBytes: Int { (stages + (updates.map { [$0] } ?? [])).map(\.arenaBytes).max() ?? 0 }
}
