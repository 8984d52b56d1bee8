import CKernels
import Memory
import OneDNN

extension Activate: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        try lowerEltwise(activation.eltwise, node, builder)
    }
}

extension Affine: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        try lowerEltwise(.linear(alpha: scale, beta: offset), node, builder)
    }
}

/// An elementwise primitive in whatever layout the input has, in place where nobody else needs the input.
private func lowerEltwise(_ function: Eltwise, _ node: Graph.Node, _ builder: PlanBuilder) throws {
    let source = builder.placement(of: node.inputs[0])
    let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: source.layout)
    let layout = source.layout.primitiveOrder
    try builder.add(
        .eltwise(function, layout: layout, propagation: builder.propagation),
        [(.source, source.buffer, layout), (.destination, target.buffer, layout)])
}

extension ActivateGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let gradient = builder.placement(of: node.inputs[0])
        let output = try builder.read(node.inputs[1], as: gradient.layout)
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: gradient.layout)
        let layout = gradient.layout.primitiveOrder
        try builder.add(
            .eltwiseGradient(activation.eltwise, gradient: layout, output: layout),
            [
                (.destination, output.buffer, layout), (.destinationGradient, gradient.buffer, layout),
                (.sourceGradient, target.buffer, layout),
            ])
    }
}

extension Rectify: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0])
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: source.layout)
        let kernel = RectifyKernel(
            negativeSlope: negativeSlope, threshold: threshold, maximum: maximum, count: source.layout.byteCount / 4)
        builder.add(name, .kernel(kernel), buffers: [source.buffer, target.buffer])
    }
}

private struct RectifyKernel: Kernel {
    let negativeSlope: Float
    let threshold: Float
    let maximum: Float
    let count: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_rectify(
            addresses[0].assumingMemoryBound(to: Float.self), addresses[1].assumingMemoryBound(to: Float.self), count,
            negativeSlope, threshold, maximum)
    }
}

extension RectifyGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let gradient = try builder.readPlain(node.inputs[0])
        let input = try builder.readPlain(node.inputs[1])
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: gradient.layout)
        let kernel = RectifyGradientKernel(
            negativeSlope: negativeSlope, threshold: threshold, maximum: maximum, count: gradient.layout.byteCount / 4)
        builder.add(name, .kernel(kernel), buffers: [gradient.buffer, input.buffer, target.buffer])
    }
}

private struct RectifyGradientKernel: Kernel {
    let negativeSlope: Float
    let threshold: Float
    let maximum: Float
    let count: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_rectify_gradient(
            addresses[0].assumingMemoryBound(to: Float.self), addresses[1].assumingMemoryBound(to: Float.self),
            addresses[2].assumingMemoryBound(to: Float.self), count, negativeSlope, threshold, maximum)
    }
}

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
