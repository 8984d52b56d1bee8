import CKernels
import Memory

extension Reverse: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0])
        let target = builder.write(node.outputs[0], layout: source.layout)
        let type = builder.graph.values[node.inputs[0]].type
        let kernel = ReverseKernel(
            extents: AxisExtents(type.shape, axis: axis), elementBytes: type.scalar.byteCount)
        builder.add(name, .kernel(kernel), buffers: [source.buffer, target.buffer])
    }
}

private struct ReverseKernel: Kernel {
    let extents: AxisExtents
    let elementBytes: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_reverse(
            addresses[0], addresses[1], extents.outer, extents.middle, extents.inner * elementBytes)
    }
}

extension CumulativeSum: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let type = builder.graph.values[node.outputs[0]].type
        let source = try builder.readPlain(node.inputs[0], as: type.scalar)
        let target = builder.write(node.outputs[0], layout: source.layout)
        let kernel = CumulativeSumKernel(
            extents: AxisExtents(type.shape, axis: axis), isBrief: type.scalar == .bfloat16, isBackwards: isBackwards)
        builder.add(name, .kernel(kernel), buffers: [source.buffer, target.buffer])
    }
}

private struct CumulativeSumKernel: Kernel {
    let extents: AxisExtents
    let isBrief: Bool
    let isBackwards: Bool

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_cumulative_sum(
            addresses[0], addresses[1], isBrief, extents.outer, extents.middle, extents.inner, isBackwards)
    }
}
