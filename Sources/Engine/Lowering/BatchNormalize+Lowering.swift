import CKernels
import Memory
import OneDNN

extension BatchNormalize: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let x = node.inputs[0]
        let (table, source) = try NormalizedTable.reading(x, builder)
        let weights = try node.inputs[1...2].map { try builder.readPlain($0, as: .float32).buffer }
        let fused = builder.fusions.fused[index]
        let result = fused?.value ?? node.outputs[0]
        let factors = builder.allocate(table.factorBytes)
        let statistics: [Int]
        if areGiven {
            statistics = try node.inputs[3...4].map { try builder.readPlain($0, as: .float32).buffer }
        } else {
            statistics = node.outputs.dropFirst().map { builder.write($0, layout: builder.plainLayout(of: $0)).buffer }
            let scratch = builder.allocate(table.scratchBytes)
            builder.add(
                "batch moments", .kernel(MomentsKernel(table: table)),
                buffers: [source.buffer] + statistics + [factors, scratch]
            )
        }
        // x is needed again for the gradients; where it is not, the result takes its place.
        let target = try builder.write(result, over: x, layout: source.layout)
        let kernel = BatchNormalizeKernel(table: table, epsilon: epsilon, bounds: Bounds(fused?.function))
        builder.add(
            name, .kernel(kernel), buffers: [source.buffer] + statistics + weights + [factors, target.buffer],
            detail: source.layout.layoutName)
    }
}

extension BatchMoments: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let (table, source) = try NormalizedTable.reading(node.inputs[0], builder)
        let statistics = node.outputs.map { builder.write($0, layout: builder.plainLayout(of: $0)).buffer }
        let work = [builder.allocate(table.factorBytes), builder.allocate(table.scratchBytes)]
        builder.add(name, .kernel(MomentsKernel(table: table)), buffers: [source.buffer] + statistics + work)
    }
}

extension BatchNormalizeGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let x = node.inputs[1]
        let (table, source) = try NormalizedTable.reading(x, builder)
        // Where an activation was fused into the normalization, its mask is applied on the way; it is computed again
        // from x, which costs less than to read the activation's output.
        let masked = builder.maskedGradient(node.inputs[0], normalizing: Array(node.inputs[1...]))
        let incoming = masked?.gradient ?? node.inputs[0]
        let gradient = try builder.read(incoming, as: source.layout)
        let weights = try (node.inputs[3...4] + [node.inputs[2], masked?.beta ?? node.inputs[2]])
            .map { try builder.readPlain($0, as: .float32).buffer }
        let factors = builder.allocate(table.factorBytes)
        let scratch = builder.allocate(table.scratchBytes)
        let sums = node.outputs.dropFirst().map { builder.write($0, layout: builder.plainLayout(of: $0)).buffer }
        let common = [source.buffer] + weights + [gradient.buffer] + sums + [factors]
        let kernel = { (isSum: Bool) in
            BatchGradientKernel(
                table: table, epsilon: epsilon, bounds: masked?.bounds, areGiven: self.areGiven, isSum: isSum)
        }
        builder.add(
            "sums of batch normalization", .kernel(kernel(true)), buffers: common + [scratch],
            detail: source.layout.layoutName)
        let target = try builder.write(node.outputs[0], over: incoming, layout: source.layout)
        builder.add(
            name, .kernel(kernel(false)), buffers: common + [target.buffer], detail: source.layout.layoutName)
    }
}

/// Rows and channels of a normalized value, as they lie in memory.
struct NormalizedTable {
    private var table = millrace_table()

    /// The value where it lies if the kernels can follow its layout, else row-major.
    static func reading(_ value: Int, _ builder: PlanBuilder) throws -> (NormalizedTable, Placement) {
        let source = try builder.placement(of: value)
        let type = builder.type(value)
        if let table = NormalizedTable(source.layout, type) { return (table, source) }
        let plain = try builder.readPlain(value)
        return (NormalizedTable(plain.layout, type)!, plain)
    }

    /// Row-major rows.
    init(_ builder: PlanBuilder, _ value: Int) {
        self.init(builder.plainLayout(of: value), builder.type(value))!
    }

    /// - Returns: nil where channels are cut more than once.
    private init?(_ layout: MemoryDescriptor, _ type: ScalarType) {
        let extents = layout.dimensions
        guard layout.isDense, let loops = layout.loops else { return nil }
        var ofChannels = loops.indices.filter { loops[$0].axis == extents.count - 1 }
        table.type = Int32(type.mapType.rawValue)
        // The innermost loop is along the channels of a group, if it is along channels at all.
        table.width = 1
        if let last = ofChannels.last, last == loops.count - 1 {
            table.width = loops[last].extent
            ofChannels.removeLast()
        }
        guard ofChannels.count <= 1 else { return nil }
        table.groups = ofChannels.first.map { loops[$0].extent } ?? 1
        table.outer = ofChannels.first.map { loops[..<$0].reduce(1) { $0 * $1.extent } } ?? 1
        table.inner = extents.reduce(1, *) / max(1, table.outer * table.groups * table.width)
    }

    var channels: Int { table.groups * table.width }
    var scratchBytes: Int { withUnsafePointer(to: table) { millrace_normalize_scratch($0) } * 8 }
    var factorBytes: Int { withUnsafePointer(to: table) { millrace_normalize_factors($0) } * 4 }

    func table(_ values: UnsafeMutableRawPointer) -> millrace_table {
        var result = table
        result.values = UnsafeRawPointer(values)
        return result
    }
}

extension UnsafePointer<UnsafeMutableRawPointer> {
    /// An argument of floats.
    func floats(_ index: Int) -> UnsafeMutablePointer<Float> { self[index].assumingMemoryBound(to: Float.self) }
}

private struct MomentsKernel: Kernel {
    let table: NormalizedTable

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        var x = table.table(addresses[0])
        millrace_batch_moments(
            &x, addresses.floats(1), addresses.floats(2), addresses.floats(3),
            addresses[4].assumingMemoryBound(to: Double.self))
    }
}

/// How x is normalized, from the arguments that follow it: mean, variance, γ, β.
private func normalization(
    _ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ epsilon: Float, _ bounds: Bounds?
) -> millrace_normalization {
    millrace_normalization(
        means: addresses.floats(1), variances: addresses.floats(2), gamma: addresses.floats(3),
        beta: addresses.floats(4), epsilon: epsilon, bounds: Bounds.raw(bounds))
}

private struct BatchNormalizeKernel: Kernel {
    let table: NormalizedTable
    let epsilon: Float
    let bounds: Bounds?

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        var x = table.table(addresses[0])
        var how = normalization(addresses, epsilon, bounds)
        millrace_batch_normalize(&x, &how, addresses.floats(5), addresses[6])
    }
}

private struct BatchGradientKernel: Kernel {
    let table: NormalizedTable
    let epsilon: Float
    let bounds: Bounds?
    let areGiven: Bool
    let isSum: Bool

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        var x = table.table(addresses[0])
        var how = normalization(addresses, epsilon, bounds)
        let (gradients, ofGamma, ofBeta) = (addresses[5], addresses.floats(6), addresses.floats(7))
        if isSum {
            millrace_batch_sums(
                &x, &how, gradients, ofGamma, ofBeta, addresses.floats(8),
                addresses[9].assumingMemoryBound(to: Double.self))
        } else {
            millrace_batch_gradient(
                &x, &how, areGiven, gradients, ofGamma, ofBeta, addresses.floats(8), addresses[9])
        }
    }
}
