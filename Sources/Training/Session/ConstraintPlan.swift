import Engine
import NeuralNetwork

/// Maps the constrained weights of a model after an update.
final class ConstraintPlan {
    private let plan: Plan
    private var state = RunState()

    /// Nil for a model without constraints on trained weights.
    init?(_ model: Model, arena: ActivationArena) throws {
        let graph = Graph()
        let updates = model.parameters.indices.compactMap { index -> (tensor: Tensor, parameter: Int)? in
            let parameter = model.parameters[index]
            guard parameter.isTrainable, let constraint = parameter.specification.constraint else { return nil }
            return (constraint(graph.parameter(index, shape: parameter.specification.shape)), index)
        }
        guard !updates.isEmpty else { return nil }
        plan = try Plan(
            graph, store: model.store, arena: arena, propagation: .inference, outputs: [:], updates: updates)
    }

    func run() { plan.run(&state) }
}
