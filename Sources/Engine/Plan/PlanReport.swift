import Memory

/// What a plan does, step by step, and what memory it takes.
package struct PlanReport: Sendable {
    /// One piece of work.
    package struct Line: Sendable {
        /// What is computed, for example `convolution` or `map`.
        package let label: String
        /// The shape of the value that it was planned for.
        package let shape: Shape
        /// The implementation and layouts of a primitive; the functions of a map.
        package let detail: String
        /// Bytes that the step reads and writes.
        package let byteCount: Int
    }

    package let lines: [Line]
    /// Copies from one layout or type to another.
    package let reorderCount: Int
    /// Activations that are computed by the product in front of them.
    package let fusedCount: Int
    /// What products compute together with what is behind them, for example `convolution + relu`, by name, and how often.
    package let fusedGroups: [(name: String, count: Int)]
    /// Passes of elementwise work, each of one or more functions.
    package let mapCount: Int
    /// Bytes of activations, workspaces and scratch memory.
    package let arenaBytes: Int
    /// The largest sum of bytes alive at one step: no arena can be smaller.
    package let arenaLowerBound: Int

    init(_ builder: PlanBuilder, arena: ArenaLayout) {
        lines = builder.steps.map { step in
            let bytes = Set(step.buffers).reduce(0) { $0 + builder.buffers[$1].byteCount }
            return Line(label: step.label, shape: step.shape, detail: step.detail, byteCount: bytes)
        }
        reorderCount = builder.reorderCount
        fusedCount = builder.fusions.absorbed.count
        fusedGroups = Dictionary(builder.fusions.groups.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
            .map { (name: $0.key, count: $0.value) }
        mapCount = builder.mapCount
        arenaBytes = arena.byteCount
        arenaLowerBound = arena.lowerBound
    }
}
