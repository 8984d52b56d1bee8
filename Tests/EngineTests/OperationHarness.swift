import Engine
import Memory
import TestSupport

/// Checks operations: the backend against the reference executor, and gradients against finite differences of the
/// reference executor, in double.
struct OperationHarness {
    /// What is checked: inputs by shape, and a function of them.
    struct Case: Sendable {
        let name: String
        let shapes: [Shape]
        /// Values of each input; by default small numbers around zero.
        var values: @Sendable (Int, Shape) -> [Float] = { index, shape in det(shape, Double(index) + 0.3, 0.8) }
        let function: @Sendable ([Tensor]) -> Tensor
    }

    /// Forward, gradients and finite differences; `second` also checks the gradients of gradients, without `slopes` there
    /// are no finite differences.
    func check(
        _ example: Case, second: Bool = false, slopes isComplete: Bool = true
    ) throws -> [(what: String, distance: Float)] {
        let graph = Graph()
        let inputs = example.shapes.enumerated().map { graph.input("x\($0)", shape: $1) }
        let output = example.function(inputs)
        let factors = graph.constant(det(output.shape, 0.9, 1), shape: output.shape)
        let loss = (output.casted(to: .float32) * factors).sum()
        let first = graph.gradients(of: loss, withRespectTo: inputs)
        var tensors = [("output", output), ("loss", loss)] + first.enumerated().map { ("gradient \($0)", $1) }
        var target = loss
        var slopes = first
        if second {
            target = first.enumerated().map { index, gradient in
                (gradient * graph.constant(det(gradient.shape, 0.4 + Double(index), 1), shape: gradient.shape)).sum()
            }.reduce(graph.constant(0, shape: [])) { $0 + $1 }
            slopes = graph.gradients(of: target, withRespectTo: inputs)
            tensors += [("second loss", target)] + slopes.enumerated().map { ("second gradient \($0)", $1) }
        }
        let values = example.shapes.enumerated().map { example.values($0, $1) }
        let reference = ReferenceExecutor.run(tensors.map(\.1), context(example, values))
        let found = try run(graph, tensors, values, example.shapes)
        var result = zip(tensors, zip(found, reference)).map { tensor, pair in
            if isWhole(tensor.1) { return (tensor.0, pair.0 == pair.1.values ? 0 : Float.infinity) }
            return (tensor.0, distance(pair.0.map { Float($0) }, pair.1.values.map { Float($0) }))
        }
        guard isComplete else { return result }
        let expected = ReferenceExecutor.run(slopes, smooth(example, values))
        for (index, slope) in expected.enumerated() {
            result.append(("slope \(index)", differences(target, slope, index, example, values)))
        }
        return result
    }

    /// The same in float32 with second derivatives, and in bfloat16 from the same rounded inputs without.
    ///
    /// - Parameter isBrief: which inputs are bfloat16 in the second check.
    /// - Returns: what is further from the reference than 1e-4, or than 2 % in bfloat16.
    func failures(
        _ example: Case, second: Bool = true, isBrief: @escaping @Sendable (Int) -> Bool = { _ in true }
    ) throws -> [String] {
        var result: [String] = []
        for (what, distance) in try check(example, second: second) where !(distance < 1e-4) {
            result.append("\(example.name) \(what): \(distance)")
        }
        var brief = Case(name: example.name, shapes: example.shapes) { inputs in
            example.function(inputs.enumerated().map { isBrief($0) ? $1.casted(to: .bfloat16) : $1 })
        }
        // Numbers that bfloat16 has: rounding the inputs must not decide which of two is larger.
        brief.values = { index, shape in
            example.values(index, shape).map { Float(bitPattern: $0.bitPattern & 0xffff_0000) }
        }
        // The loss is a sum of numbers of either sign: it has no relative error.
        for (what, distance) in try check(brief, slopes: false) where what != "loss" && !(distance < 2e-2) {
            result.append("\(example.name) in bfloat16, \(what): \(distance)")
        }
        return result
    }

    private func context(_ example: Case, _ values: [[Float]]) -> ReferenceContext {
        let arrays = zip(example.shapes, values).map { ReferenceArray($0, $1.map(Double.init)) }
        return ReferenceContext(
            inputs: Dictionary(uniqueKeysWithValues: arrays.enumerated().map { ("x\($0)", $1) }))
    }

    /// The same without steps of bfloat16, which have no slopes.
    private func smooth(_ example: Case, _ values: [[Float]]) -> ReferenceContext {
        var result = context(example, values)
        result.roundsToBFloat16 = false
        return result
    }

    private func run(
        _ graph: Graph, _ tensors: [(String, Tensor)], _ values: [[Float]], _ shapes: [Shape]
    ) throws -> [[Double]] {
        let ledger = MemoryLedger()
        // Whole numbers are read as they are.
        let outputs = Dictionary(uniqueKeysWithValues: tensors.map { ($0.0, $0.1) })
        let numbers = outputs.filter { isWhole($0.value) }
        let plan = try Plan(
            graph, store: ParameterStore([], ledger: ledger), arena: ActivationArena(ledger: ledger),
            propagation: .training, outputs: outputs.filter { !isWhole($0.value) }, integerOutputs: numbers)
        let buffers = values.map { TestBuffer(byteCount: max(4, $0.count * 4)) }
        for (index, buffer) in buffers.enumerated() {
            _ = buffer.floats.update(from: values[index])
            plan.setInput("x\(index)", to: buffer.address)
        }
        var state = RunState()
        plan.run(&state)
        return withExtendedLifetime(buffers) {
            tensors.map { name, tensor in
                isWhole(tensor) ? plan.integerOutput(name).map { Double($0) } : plan.output(name).map { Double($0) }
            }
        }
    }

    private func isWhole(_ tensor: Tensor) -> Bool { tensor.type.scalar == .int32 }

    /// The largest distance between a gradient and central differences, at about five places.
    private func differences(
        _ target: Tensor, _ slope: ReferenceArray, _ input: Int, _ example: Case, _ values: [[Float]]
    ) -> Float {
        let step = 1e-6
        let count = slope.values.count
        var worst: Float = 0
        for place in stride(from: 0, to: count, by: max(1, count / 5)) {
            func loss(_ change: Double) -> Double {
                var context = smooth(example, values)
                context.inputs["x\(input)"]!.values[place] += change
                return ReferenceExecutor.run([target], context)[0].values[0]
            }
            let difference = (loss(step) - loss(-step)) / (2 * step)
            worst = max(worst, distance([Float(difference)], [Float(slope.values[place])]))
        }
        return worst
    }
}
