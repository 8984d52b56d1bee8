import CKernels
import Memory
import OneDNN

extension ReshapeOperation: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0])
        builder.place(
            node.outputs[0], Placement(buffer: source.buffer, layout: builder.plainLayout(of: node.outputs[0])))
    }
}

extension StopGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        try builder.place(node.outputs[0], builder.placement(of: node.inputs[0]))
    }
}

extension Transpose: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        // The same memory seen otherwise; who needs rows in order has them copied.
        let source = try builder.readPlain(node.inputs[0])
        builder.place(
            node.outputs[0], Placement(buffer: source.buffer, layout: source.layout.permuted(inverse)))
    }
}

extension Slice: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0])
        let view = source.layout.view(begin: begin, step: step, shape: shape.layoutDimensions)
        builder.place(node.outputs[0], Placement(buffer: source.buffer, layout: view))
    }
}

extension Insert: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.placement(of: node.inputs[0])
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        let kernel = FillKernel(value: value, count: target.layout.byteCount, type: type(of: node, in: builder))
        builder.add("fill", .kernel(kernel), buffers: [target.buffer])
        let view = target.layout.view(begin: begin, step: step, shape: builder.shape(node.inputs[0]).layoutDimensions)
        try builder.copy(source, to: Placement(buffer: target.buffer, layout: view))
    }

    private func type(of node: Graph.Node, in builder: PlanBuilder) -> ScalarType {
        builder.graph.values[node.outputs[0]].type.scalar
    }
}

/// Fills memory with one number.
struct FillKernel: Kernel {
    let value: Float
    /// Bytes.
    let count: Int
    let type: ScalarType

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        switch type {
        case .float32: millrace_fill(addresses[0].assumingMemoryBound(to: Float.self), count / 4, value)
        case .int32: addresses[0].initializeMemory(as: Int32.self, repeating: Int32(value), count: count / 4)
        default:
            // The upper half of a float32, to the nearest.
            let bits = value.bitPattern
            let half = UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
            addresses[0].initializeMemory(as: UInt16.self, repeating: half, count: count / 2)
        }
    }
}

extension Concatenate: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        var begin = [Int](repeating: 0, count: target.layout.dimensions.count)
        for input in node.inputs {
            let shape = builder.shape(input)
            let view = target.layout.view(begin: begin, step: begin.map { _ in 1 }, shape: shape.dimensions)
            try builder.copy(builder.placement(of: input), to: Placement(buffer: target.buffer, layout: view))
            begin[axis] += shape[axis]
        }
    }
}
