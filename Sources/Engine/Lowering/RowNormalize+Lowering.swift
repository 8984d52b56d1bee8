import CKernels
import Memory

extension RowNormalize: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0])
        let weights = try node.inputs.dropFirst().map { try builder.readPlain($0, as: .float32).buffer }
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: source.layout)
        let statistics = node.outputs.dropFirst().map { builder.write($0, layout: builder.plainLayout(of: $0)).buffer }
        let kernel = RowNormalizeKernel(
            table: NormalizedTable(builder, node.inputs[0]), epsilon: epsilon, isCentred: isCentred)
        builder.add(name, .kernel(kernel), buffers: [source.buffer] + weights + [target.buffer] + statistics)
    }
}

private struct RowNormalizeKernel: Kernel {
    let table: NormalizedTable
    let epsilon: Float
    let isCentred: Bool

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        var x = table.table(addresses[0])
        millrace_row_normalize(
            &x, isCentred, addresses.floats(1), addresses.floats(2), epsilon, addresses[3], addresses.floats(4),
            addresses.floats(5))
    }
}

extension RowNormalizeGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let table = NormalizedTable(builder, node.inputs[1])
        let gradient = try builder.readPlain(node.inputs[0], as: builder.type(node.inputs[1]))
        let source = try builder.readPlain(node.inputs[1])
        let others = try node.inputs.dropFirst(2).map { try builder.readPlain($0, as: .float32).buffer }
        let target = builder.write(node.outputs[0], layout: source.layout)
        builder.add(
            name, .kernel(RowGradientKernel(table: table, isCentred: isCentred)),
            buffers: [source.buffer, gradient.buffer] + others + [target.buffer])
    }
}

private struct RowGradientKernel: Kernel {
    let table: NormalizedTable
    let isCentred: Bool

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        var x = table.table(addresses[0])
        millrace_row_gradient(
            &x, isCentred, addresses[1], addresses.floats(2), addresses.floats(3), addresses.floats(4), addresses[5])
    }
}

extension RowNormalizeSums: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let table = NormalizedTable(builder, node.inputs[1])
        let gradient = try builder.readPlain(node.inputs[0], as: builder.type(node.inputs[1]))
        let source = try builder.readPlain(node.inputs[1])
        let statistics = try node.inputs.dropFirst(2).map { try builder.readPlain($0).buffer }
        let scratch = builder.allocate(Int(MILLRACE_NORMALIZE_SLICES) * 2 * table.channels * 8)
        let targets = node.outputs.map { builder.write($0, layout: builder.plainLayout(of: $0)).buffer }
        builder.add(
            name, .kernel(RowSumsKernel(table: table, isCentred: isCentred)),
            buffers: [source.buffer, gradient.buffer] + statistics + targets + [scratch])
    }
}

private struct RowSumsKernel: Kernel {
    let table: NormalizedTable
    let isCentred: Bool

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        var x = table.table(addresses[0])
        millrace_row_sums(
            &x, addresses[1], isCentred ? addresses.floats(2) : nil, addresses.floats(3), addresses.floats(4),
            addresses.floats(5), addresses[6].assumingMemoryBound(to: Double.self))
    }
}
