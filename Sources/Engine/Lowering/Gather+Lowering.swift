import CKernels
import Memory
import OneDNN

extension Gather: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let table = try builder.readPlain(node.inputs[0])
        let numbers = try builder.readPlain(node.inputs[1])
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        let type = builder.graph.values[node.inputs[0]].type
        let kernel = GatherKernel(
            count: builder.shape(node.inputs[1]).elementCount, rows: type.shape[0],
            bytes: type.shape.withoutFirst.elementCount * type.scalar.byteCount)
        builder.add(name, .kernel(kernel), buffers: [table.buffer, numbers.buffer, target.buffer])
    }
}

private struct GatherKernel: Kernel {
    let count: Int
    let rows: Int
    let bytes: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        let numbers = addresses[1].assumingMemoryBound(to: Int32.self)
        let invalid = millrace_gather(addresses[0], numbers, addresses[2], count, rows, bytes)
        if invalid >= 0 && state.invalidIndex == nil { state.invalidIndex = (invalid, numbers[invalid], rows) }
    }
}

extension ScatterAdd: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let gradients = try builder.readPlain(node.inputs[0])
        let numbers = try builder.readPlain(node.inputs[1])
        let type = builder.graph.values[node.outputs[0]].type
        let plain = builder.plainLayout(of: node.outputs[0])
        // Sums are made in float32.
        let sums =
            type.scalar == .float32
            ? builder.write(node.outputs[0], layout: plain)
            : Placement(buffer: builder.allocate(type.shape.elementCount * 4), layout: plain.withType(.float32))
        let kernel = ScatterAddKernel(
            isBrief: builder.graph.values[node.inputs[0]].type.scalar == .bfloat16,
            count: builder.shape(node.inputs[1]).elementCount, rows: rows,
            width: type.shape.withoutFirst.elementCount)
        builder.add(name, .kernel(kernel), buffers: [gradients.buffer, numbers.buffer, sums.buffer])
        if type.scalar != .float32 { try builder.copy(sums, to: builder.write(node.outputs[0], layout: plain)) }
    }
}

private struct ScatterAddKernel: Kernel {
    let isBrief: Bool
    let count: Int
    let rows: Int
    let width: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_scatter_add(
            addresses[0], isBrief, addresses[1].assumingMemoryBound(to: Int32.self),
            addresses[2].assumingMemoryBound(to: Float.self), count, rows, width)
    }
}

extension OneHot: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let numbers = try builder.readPlain(node.inputs[0])
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        let kernel = OneHotKernel(count: builder.shape(node.inputs[0]).elementCount, depth: depth)
        builder.add(name, .kernel(kernel), buffers: [numbers.buffer, target.buffer])
    }
}

private struct OneHotKernel: Kernel {
    let count: Int
    let depth: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_one_hot(
            addresses[0].assumingMemoryBound(to: Int32.self), addresses[1].assumingMemoryBound(to: Float.self), count,
            depth)
    }
}
