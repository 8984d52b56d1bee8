import CKernels
import Memory

extension DropoutOperation: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        // Row-major, so that an element's random number does not depend on the layout that a processor likes best.
        let source = try builder.readPlain(node.inputs[0])
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: source.layout)
        let shape = builder.graph.values[node.inputs[0]].type.shape
        let kernel = DropoutKernel(
            rate: rate, stream: stream, count: shape.elementCount, rowElements: shape.withoutFirst.elementCount)
        builder.add(name, .kernel(kernel), buffers: [source.buffer, target.buffer])
    }
}

private struct DropoutKernel: Kernel {
    let rate: Float
    let stream: Int
    let count: Int
    let rowElements: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        let key = millrace_dropout_key(state.seed, state.step, UInt64(stream))
        millrace_dropout(
            addresses[0].assumingMemoryBound(to: Float.self), addresses[1].assumingMemoryBound(to: Float.self), count,
            state.firstRow * rowElements, rate, key)
    }
}
