import Engine
import Memory
import TestSupport

/// One run of tensors of a graph, through a plan.
struct GraphRun {
    /// The outputs, in the order of the tensors.
    let outputs: [[Float]]
    /// What the run told.
    let state: RunState
    /// What the steps do.
    let labels: [String]

    /// - Parameters:
    ///   - inputs: values by the label of the graph's inputs; class numbers and the like go by `numbers`.
    init(
        _ tensors: [Tensor], inputs: [String: [Float]] = [:], numbers: [String: [Int32]] = [:],
        state: RunState = RunState()
    ) throws {
        let ledger = MemoryLedger()
        let named = Dictionary(
            uniqueKeysWithValues: tensors.enumerated().map { ("y\($0)", $1.casted(to: .float32)) })
        let plan = try Plan(
            tensors[0].graph, store: ParameterStore([], ledger: ledger), arena: ActivationArena(ledger: ledger),
            propagation: .training, outputs: named)
        var buffers: [TestBuffer] = []
        for (name, values) in inputs {
            let buffer = TestBuffer(byteCount: max(4, values.count * 4))
            _ = buffer.floats.update(from: values)
            plan.setInput(name, to: buffer.address)
            buffers.append(buffer)
        }
        for (name, values) in numbers {
            let buffer = TestBuffer(byteCount: max(4, values.count * 4))
            buffer.address.copyMemory(from: values, byteCount: values.count * 4)
            plan.setInput(name, to: buffer.address)
            buffers.append(buffer)
        }
        var state = state
        let labels = plan.profile(&state).map(\.label)
        (outputs, self.state, self.labels) = withExtendedLifetime(buffers) {
            (tensors.indices.map { Array(plan.output("y\($0)")) }, state, labels)
        }
    }
}
