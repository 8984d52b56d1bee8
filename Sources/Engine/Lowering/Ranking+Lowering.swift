import CKernels
import Memory

extension TopMask: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0], as: .float32)
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        let shape = builder.shape(node.inputs[0])
        let kernel = TopMaskKernel(rows: shape.elementCount / max(1, shape.last), classes: shape.last, count: count)
        builder.add(name, .kernel(kernel), buffers: [source.buffer, target.buffer])
    }
}

private struct TopMaskKernel: Kernel {
    let rows: Int
    let classes: Int
    let count: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_top_mask(
            addresses[0].assumingMemoryBound(to: Float.self), addresses[1].assumingMemoryBound(to: Float.self), rows,
            classes, count)
    }
}
