import CKernels
import Memory

extension ProductSums: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let factors = try node.inputs.map { try builder.readPlain($0, as: .float32).buffer }
        let sums = node.outputs.map { builder.write($0, layout: builder.plainLayout(of: $0)).buffer }
        let shape = builder.shape(node.inputs[0])
        let kernel = ProductSumsKernel(
            factors: factors.count, rows: shape[0], columns: shape.withoutFirst.elementCount)
        builder.add(name, .kernel(kernel), buffers: factors + sums)
    }
}

private struct ProductSumsKernel: Kernel {
    let factors: Int
    let rows: Int
    let columns: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        addresses.withMemoryRebound(to: UnsafeMutableRawPointer?.self, capacity: factors + 2) {
            millrace_product_sums($0, factors, rows, columns)
        }
    }
}

extension BucketSums: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let values = try builder.readPlain(node.inputs[0], as: .float32)
        let numbers = try builder.readPlain(node.inputs[1])
        let sums = node.outputs.map { builder.write($0, layout: builder.plainLayout(of: $0)).buffer }
        let kernel = BucketSumsKernel(values: builder.shape(node.inputs[0]).elementCount, count: count)
        let scratch = builder.allocate(max(1, millrace_bucket_parts(kernel.values, count) * count) * 8)
        builder.add(name, .kernel(kernel), buffers: [values.buffer, numbers.buffer] + sums + [scratch])
    }
}

private struct BucketSumsKernel: Kernel {
    let values: Int
    let count: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_bucket_sums(
            addresses[0].assumingMemoryBound(to: Float.self), addresses[1].assumingMemoryBound(to: Int32.self), values,
            count, addresses[2].assumingMemoryBound(to: Float.self), addresses[3].assumingMemoryBound(to: Float.self),
            addresses[4].assumingMemoryBound(to: Double.self))
    }
}
