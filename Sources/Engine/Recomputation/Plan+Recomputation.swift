import OneDNN

extension Plan {
    /// Plans a step.
    package convenience init(_ step: StepGraph, store: ParameterStore, arena: ActivationArena) throws {
        try self.init(
            step.graph, store: store, arena: arena, propagation: .training, outputs: step.outputs,
            gradients: step.gradients, updates: step.updates)
    }

    /// Plans a step so that its arena is small: activations are computed again for the gradients rather than kept.
    ///
    /// Candidates are the step with all that is cheap computed again, and this and the step itself in segments of
    /// several sizes. Those with the smallest estimates are planned, and the smallest arena wins. The results are those of
    /// `whole`.
    ///
    /// - Parameter whole: the plan of the step as it is.
    /// - Returns: `whole` when nothing is smaller.
    package static func recomputing(
        _ step: StepGraph, instead whole: Plan, store: ParameterStore, arena: ActivationArena
    ) throws -> Plan {
        var best = whole
        for candidate in step.recomputationCandidates.prefix(candidatesPlanned) {
            let plan = try Plan(candidate, store: store, arena: arena)
            if plan.arenaBytes < best.arenaBytes { best = plan }
        }
        return best
    }

    private static let candidatesPlanned = 3
}

extension StepGraph {
    /// Steps with the same results that compute some activations again, the one of fewest estimated bytes first, of
    /// those the one of fewest nodes.
    package var recomputationCandidates: [StepGraph] {
        let cheap = cheapRepeats
        let bases = cheap.isEmpty ? [self] : [self, repeating(cheap)]
        var candidates = Array(bases.dropFirst())
        for base in bases {
            candidates += Segments(base).choices.map(base.repeating)
        }
        let bytes = candidates.map(\.estimatedBytes)
        let counts = candidates.map(\.graph.nodes.count)
        return candidates.indices.sorted { (bytes[$0], counts[$0], $0) < (bytes[$1], counts[$1], $1) }
            .map { candidates[$0] }
    }
}
