import CKernels
import Memory

extension RandomDistribution {
    fileprivate var numbers: (kind: Int32, p: Float, q: Float) {
        switch self {
        case .uniform: (Int32(MILLRACE_UNIFORM.rawValue), 0, 1)
        case .normal: (Int32(MILLRACE_NORMAL.rawValue), 0, 1)
        case .kept(let rate, let value): (Int32(MILLRACE_KEPT.rawValue), rate, value)
        }
    }
}

extension RandomNumbers: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        // Row-major, so that an element's number does not depend on the layout that a processor likes best.
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        let kernel = RandomKernel(
            distribution: distribution, stream: stream, count: shape.elementCount,
            rowElements: isPerSample ? shape.withoutFirst.elementCount : 0)
        builder.add(name, .kernel(kernel), buffers: [target.buffer])
    }
}

private struct RandomKernel: Kernel {
    let distribution: RandomDistribution
    let stream: Int
    let count: Int
    /// Elements of a sample; 0 when all samples share the numbers.
    let rowElements: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        let (kind, p, q) = distribution.numbers
        millrace_random(
            kind, p, q, addresses[0].assumingMemoryBound(to: Float.self), count, state.firstRow * rowElements,
            millrace_random_key(state.seed, state.step, UInt64(stream)))
    }
}

extension DropoutOperation: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0])
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: source.layout)
        let type = builder.graph.values[node.inputs[0]].type
        let kernel = DropoutKernel(
            rate: rate, stream: stream, isBrief: type.scalar == .bfloat16, count: type.shape.elementCount,
            rowElements: type.shape.withoutFirst.elementCount)
        builder.add(name, .kernel(kernel), buffers: [source.buffer, target.buffer])
    }
}

private struct DropoutKernel: Kernel {
    let rate: Float
    let stream: Int
    let isBrief: Bool
    let count: Int
    let rowElements: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        let key = millrace_random_key(state.seed, state.step, UInt64(stream))
        millrace_dropout(
            addresses[0], addresses[1], isBrief, count, state.firstRow * rowElements, rate, 1 / (1 - rate), key)
    }
}
