import CKernels
import Memory

extension TapProduct: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let type = builder.graph.values[node.outputs[0]].type
        let source = try builder.readPlain(node.inputs[0], as: type.scalar)
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        let kernel = TapProductKernel(
            taps: taps, extents: AxisExtents(type.shape, axis: axis), isBrief: type.scalar == .bfloat16)
        builder.add(name, .kernel(kernel), buffers: [source.buffer, target.buffer])
    }
}

private struct TapProductKernel: Kernel {
    let taps: Taps
    /// Of the result.
    let extents: AxisExtents
    let isBrief: Bool

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        taps.starts.withUnsafeBufferPointer { starts in
            taps.indices.withUnsafeBufferPointer { indices in
                taps.factors.withUnsafeBufferPointer { factors in
                    millrace_taps(
                        addresses[0], addresses[1], isBrief, extents.outer, taps.inputs, taps.outputs, extents.inner,
                        millrace_tap_rows(
                            starts: starts.baseAddress, indices: indices.baseAddress, factors: factors.baseAddress))
                }
            }
        }
    }
}
