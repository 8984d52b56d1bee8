import CKernels
import Memory
import OneDNN

extension SimplexFunction {
    fileprivate var number: Int32 {
        switch self {
        case .softmax: Int32(MILLRACE_SOFTMAX.rawValue)
        case .logSoftmax: Int32(MILLRACE_LOG_SOFTMAX.rawValue)
        case .sparsemax: Int32(MILLRACE_SPARSEMAX.rawValue)
        }
    }
}

/// A shape around one axis.
struct AxisExtents {
    let outer, middle, inner: Int

    init(_ shape: Shape, axis: Int) {
        outer = shape.dimensions[..<axis].reduce(1, *)
        middle = shape[axis]
        inner = shape.dimensions[(axis + 1)...].reduce(1, *)
    }
}

extension Simplex: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let type = builder.graph.values[node.outputs[0]].type
        let source = try builder.readPlain(node.inputs[0], as: type.scalar)
        let extents = AxisExtents(type.shape, axis: axis)
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: source.layout)
        if function == .logSoftmax && extents.inner == 1 {
            try builder.add(
                .logSoftmax(layout: source.layout, axis: axis, propagation: builder.propagation),
                [(.source, source.buffer, source.layout), (.destination, target.buffer, source.layout)])
            return
        }
        let kernel = SimplexKernel(function: function.number, isBrief: type.scalar == .bfloat16, extents: extents)
        builder.add(name, .kernel(kernel), buffers: [source.buffer, target.buffer])
    }
}

private struct SimplexKernel: Kernel {
    let function: Int32
    let isBrief: Bool
    let extents: AxisExtents

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_softmax(
            function, addresses[0], addresses[1], isBrief, extents.outer, extents.middle, extents.inner)
    }
}

extension SimplexGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let type = builder.graph.values[node.outputs[0]].type
        let gradient = try builder.readPlain(node.inputs[0], as: type.scalar)
        let output = try builder.readPlain(node.inputs[1])
        let extents = AxisExtents(type.shape, axis: axis)
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: gradient.layout)
        if function == .logSoftmax && extents.inner == 1 {
            try builder.add(
                .logSoftmaxGradient(gradient: gradient.layout, output: output.layout, axis: axis),
                [
                    (.destination, output.buffer, output.layout),
                    (.destinationGradient, gradient.buffer, gradient.layout),
                    (.sourceGradient, target.buffer, gradient.layout),
                ])
            return
        }
        let kernel = SimplexGradientKernel(
            function: function.number, isBrief: type.scalar == .bfloat16, extents: extents)
        builder.add(name, .kernel(kernel), buffers: [gradient.buffer, output.buffer, target.buffer])
    }
}

private struct SimplexGradientKernel: Kernel {
    let function: Int32
    let isBrief: Bool
    let extents: AxisExtents

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_softmax_gradient(
            function, addresses[0], addresses[1], addresses[2], isBrief, extents.outer, extents.middle, extents.inner)
    }
}
