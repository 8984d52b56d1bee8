import CKernels
import Memory
import OneDNN

extension BatchNormalize: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0])
        let weights = try node.inputs.dropFirst().map { try builder.readPlain($0, as: .float32).buffer }
        let table = NormalizedTable(builder, node.inputs[0])
        let fused = builder.fusions.fused[index]
        let result = fused?.value ?? node.outputs[0]
        // x is needed again for the gradients; where it is not, the result takes its place.
        let target = try builder.write(result, over: node.inputs[0], layout: source.layout)
        let factors = builder.allocate(table.factorBytes)
        var statistics = Array(weights.dropFirst(2))
        if !areGiven {
            statistics = node.outputs.dropFirst().map { builder.write($0, layout: builder.plainLayout(of: $0)).buffer }
            let scratch = builder.allocate(table.scratchBytes)
            builder.add(
                "batch moments", .kernel(MomentsKernel(table: table)), buffers: [source.buffer] + statistics + [scratch]
            )
        }
        let kernel = BatchNormalizeKernel(table: table, epsilon: epsilon, bounds: Bounds(fused?.function))
        builder.add(
            name, .kernel(kernel), buffers: [source.buffer] + statistics + weights.prefix(2) + [factors, target.buffer])
    }
}

extension BatchNormalizeGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let table = NormalizedTable(builder, node.inputs[1])
        // Where an activation was fused into the normalization, its mask is applied on the way.
        let masked = builder.maskedGradient(node.inputs[0])
        let gradient = try builder.readPlain(masked?.gradient ?? node.inputs[0], as: table.type)
        let output = try masked.map { try builder.readPlain($0.output, as: table.type) }
        let source = try builder.readPlain(node.inputs[1])
        let weights = try node.inputs.dropFirst(2).map { try builder.readPlain($0, as: .float32).buffer }
        let factors = builder.allocate(table.factorBytes)
        let scratch = builder.allocate(table.scratchBytes)
        let sums = node.outputs.dropFirst().map { builder.write($0, layout: builder.plainLayout(of: $0)).buffer }
        let common = [source.buffer, gradient.buffer, output?.buffer ?? gradient.buffer] + weights + sums + [factors]
        let kernel = { (isSum: Bool) in
            BatchGradientKernel(
                table: table, epsilon: epsilon, bounds: masked?.bounds, areGiven: self.areGiven, isSum: isSum)
        }
        builder.add("sums of batch normalization", .kernel(kernel(true)), buffers: common + [scratch])
        let target = builder.write(node.outputs[0], layout: source.layout)
        builder.add(name, .kernel(kernel(false)), buffers: common + [target.buffer])
    }
}

/// Rows and channels of a normalized value.
struct NormalizedTable {
    let rows: Int
    let channels: Int
    let type: ScalarType

    init(_ builder: PlanBuilder, _ value: Int) {
        let shape = builder.shape(value)
        channels = shape.last
        rows = shape.elementCount / max(1, channels)
        type = builder.type(value)
    }

    var scratchBytes: Int { millrace_normalize_scratch(rows, channels) * 8 }
    var factorBytes: Int { millrace_normalize_factors(rows, channels) * 4 }

    func table(_ values: UnsafeMutableRawPointer) -> millrace_table {
        millrace_table(values: values, type: Int32(type.mapType.rawValue), rows: rows, channels: channels)
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
            &x, addresses.floats(1), addresses.floats(2), addresses[3].assumingMemoryBound(to: Double.self))
    }
}

private struct BatchNormalizeKernel: Kernel {
    let table: NormalizedTable
    let epsilon: Float
    let bounds: Bounds?

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        var x = table.table(addresses[0])
        millrace_batch_normalize(
            &x, addresses.floats(1), addresses.floats(2), addresses.floats(3), addresses.floats(4), epsilon,
            Bounds.raw(bounds), addresses.floats(5), addresses[6])
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
        let outputs = bounds == nil ? nil : UnsafeRawPointer(addresses[2])
        let (gamma, means, variances) = (addresses.floats(3), addresses.floats(4), addresses.floats(5))
        let (ofGamma, ofBeta, factors) = (addresses.floats(6), addresses.floats(7), addresses.floats(8))
        if isSum {
            millrace_batch_sums(
                &x, addresses[1], outputs, Bounds.raw(bounds), means, variances, epsilon, ofGamma, ofBeta, factors,
                addresses[9].assumingMemoryBound(to: Double.self))
        } else {
            millrace_batch_gradient(
                &x, addresses[1], outputs, Bounds.raw(bounds), means, variances, gamma, epsilon, ofGamma, ofBeta,
                areGiven,
                factors, addresses[9])
        }
    }
}
