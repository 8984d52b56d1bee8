import Engine
import Memory
import TestSupport

extension OperationHarness {
    /// New values of parameters, and outputs of the same run.
    struct UpdateCase {
        let parameters: [Shape]
        let inputs: [Shape]
        /// From inputs and parameters.
        let outputs: ([Tensor], [Tensor]) -> [Tensor]
        /// From inputs and parameters: one for each parameter, in order.
        let updates: ([Tensor], [Tensor]) -> [Tensor]
    }

    /// Outputs, and the parameters after a run, against the reference executor, which changes nothing while it runs.
    func check(_ example: UpdateCase) throws -> [(what: String, distance: Float)] {
        let graph = Graph()
        let ledger = MemoryLedger()
        let store = ParameterStore(
            example.parameters.enumerated().map { ("p\($0)", $1, true) }, ledger: ledger)
        let starts = example.parameters.enumerated().map { det($1, Double($0) + 0.7, 1) }
        for (index, values) in starts.enumerated() { try store.write(values, to: index) }
        let inputs = example.inputs.enumerated().map { graph.input("x\($0)", shape: $1) }
        let values = example.inputs.enumerated().map { det($1, Double($0) + 0.3, 1) }
        let parameters = example.parameters.enumerated().map { graph.parameter($0, shape: $1) }
        let outputs = example.outputs(inputs, parameters)
        let updates = example.updates(inputs, parameters)
        let plan = try Plan(
            graph, store: store, arena: ActivationArena(ledger: ledger), propagation: .training,
            outputs: Dictionary(uniqueKeysWithValues: outputs.enumerated().map { ("y\($0)", $1) }),
            updates: updates.enumerated().map { ($1, $0) })
        let buffers = values.map { TestBuffer(byteCount: $0.count * 4) }
        for (index, buffer) in buffers.enumerated() {
            _ = buffer.floats.update(from: values[index])
            plan.setInput("x\(index)", to: buffer.address)
        }
        var state = RunState()
        plan.run(&state)
        let expected = ReferenceExecutor.run(
            outputs + updates,
            ReferenceContext(
                inputs: Dictionary(
                    uniqueKeysWithValues: zip(example.inputs, values).enumerated().map {
                        ("x\($0)", ReferenceArray($1.0, $1.1.map(Double.init)))
                    }),
                parameters: Dictionary(
                    uniqueKeysWithValues: zip(example.parameters, starts).enumerated().map {
                        ($0, ReferenceArray($1.0, $1.1.map(Double.init)))
                    }))
        ).map { $0.values.map { Float($0) } }
        let found = withExtendedLifetime(buffers) { outputs.indices.map { Array(plan.output("y\($0)")) } }
        return try found.indices.map { ("output \($0)", distance(found[$0], expected[$0])) }
            + updates.indices.map {
                ("parameter \($0)", distance(try store.read($0), expected[outputs.count + $0]))
            }
    }
}
