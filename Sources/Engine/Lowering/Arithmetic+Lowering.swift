import CKernels
import Memory
import OneDNN

extension Binary: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        // Padding of blocked layouts is zero in both operands and stays zero, so the whole memory is one loop.
        let left = builder.placement(of: node.inputs[0])
        let right = try builder.read(node.inputs[1], as: left.layout)
        let target =
            node.inputs[0] == node.inputs[1]
            ? builder.write(node.outputs[0], layout: left.layout)
            : try builder.write(node.outputs[0], over: node.inputs[0], layout: left.layout)
        builder.add(
            name, .kernel(BinaryKernel(function: function, count: left.layout.byteCount / 4)),
            buffers: [left.buffer, right.buffer, target.buffer])
    }
}

private struct BinaryKernel: Kernel {
    let function: Binary.Function
    let count: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        let left = UnsafePointer(addresses[0].assumingMemoryBound(to: Float.self))
        let right = UnsafePointer(addresses[1].assumingMemoryBound(to: Float.self))
        let target = addresses[2].assumingMemoryBound(to: Float.self)
        switch function {
        case .add: millrace_add(left, right, target, count)
        case .subtract: millrace_subtract(left, right, target, count)
        case .multiply: millrace_multiply(left, right, target, count)
        }
    }
}

extension Reduce: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0])
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        let shape = builder.graph.values[node.inputs[0]].type.shape
        let columns = axes == .all ? shape.elementCount : shape.last
        let kernel = ReduceKernel(rows: shape.elementCount / max(1, columns), columns: columns, factor: factor)
        builder.add(name, .kernel(kernel), buffers: [source.buffer, target.buffer])
    }
}

private struct ReduceKernel: Kernel {
    let rows: Int
    let columns: Int
    let factor: Float

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_reduce_rows(
            addresses[0].assumingMemoryBound(to: Float.self), addresses[1].assumingMemoryBound(to: Float.self), rows,
            columns, factor)
    }
}

extension Expand: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0])
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        let rows = builder.graph.values[node.inputs[0]].type.shape.elementCount
        let kernel = ExpandKernel(rows: rows, columns: shape.elementCount / max(1, rows), factor: factor)
        builder.add(name, .kernel(kernel), buffers: [source.buffer, target.buffer])
    }
}

private struct ExpandKernel: Kernel {
    let rows: Int
    let columns: Int
    let factor: Float

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_expand_rows(
            addresses[0].assumingMemoryBound(to: Float.self), addresses[1].assumingMemoryBound(to: Float.self), rows,
            columns, factor)
    }
}
