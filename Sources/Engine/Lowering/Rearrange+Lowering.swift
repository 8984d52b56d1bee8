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
        // A part of the memory seen alone, blocks and all where the part is made of whole ones.
        var source = try builder.placement(of: node.inputs[0])
        var view = source.layout.view(begin: begin, step: step, shape: shape.layoutDimensions)
        if view == nil {
            source = try builder.readPlain(node.inputs[0])
            view = source.layout.view(begin: begin, step: step, shape: shape.layoutDimensions)
        }
        builder.place(node.outputs[0], Placement(buffer: source.buffer, layout: view!))
    }
}

extension Insert: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.placement(of: node.inputs[0])
        let extents = builder.shape(node.inputs[0]).layoutDimensions
        let plain = builder.plainLayout(of: node.outputs[0])
        var layout = source.layout.resembling(shape.layoutDimensions) ?? plain
        if layout.view(begin: begin, step: step, shape: extents) == nil { layout = plain }
        let target = builder.write(node.outputs[0], layout: layout)
        let kernel = FillKernel(value: value, count: target.layout.byteCount, type: type(of: node, in: builder))
        builder.add("fill", .kernel(kernel), buffers: [target.buffer])
        let view = layout.view(begin: begin, step: step, shape: extents)!
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
            let half = UInt16(truncatingIfNeeded: value.roundedToBFloat16.bitPattern >> 16)
            addresses[0].initializeMemory(as: UInt16.self, repeating: half, count: count / 2)
        }
    }
}

extension Concatenate: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let sources = try node.inputs.map { try builder.placement(of: $0) }
        let target = builder.write(node.outputs[0], layout: layout(of: sources, for: node, in: builder))
        for (view, source) in zip(views(target.layout, node, builder)!, sources) {
            try builder.copy(source, to: Placement(buffer: target.buffer, layout: view))
        }
    }

    /// The layout in which most elements come, if it cuts no blocks: they are copied without a change of order. Between
    /// equals one of blocks, which is what made the inputs will like to read.
    private func layout(
        of sources: [Placement], for node: Graph.Node, in builder: PlanBuilder
    ) -> MemoryDescriptor {
        let output = node.outputs[0]
        let layouts = sources.map { $0.layout.withType(builder.type(output)) }
        let candidates = layouts.compactMap { $0.resembling(builder.shape(output).dimensions) }
            .filter { views($0, node, builder) != nil }
        func unchanged(_ candidate: MemoryDescriptor) -> Int {
            zip(layouts, node.inputs).reduce(0) { sum, input in
                let extents = builder.shape(input.1).dimensions
                let isSame = candidate.resembling(extents)?.isSameMemory(as: input.0) ?? false
                return sum + (isSame ? builder.shape(input.1).elementCount : 0)
            }
        }
        let plain = builder.plainLayout(of: output)
        return candidates.reduce((plain, unchanged(plain))) { best, candidate in
            let count = unchanged(candidate)
            return count > best.1 || (count == best.1 && count > 0 && best.0.isPlain) ? (candidate, count) : best
        }.0
    }

    /// The place of each input in a layout of the output; nil where that cuts blocks.
    private func views(
        _ layout: MemoryDescriptor, _ node: Graph.Node, _ builder: PlanBuilder
    ) -> [MemoryDescriptor]? {
        var begin = [Int](repeating: 0, count: layout.dimensions.count)
        var result: [MemoryDescriptor] = []
        for input in node.inputs {
            let shape = builder.shape(input)
            guard let view = layout.view(begin: begin, step: begin.map { _ in 1 }, shape: shape.dimensions) else {
                return nil
            }
            result.append(view)
            begin[axis] += shape[axis]
        }
        return result
    }
}
