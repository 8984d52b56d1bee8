import CKernels
import Memory

extension ConstantValues: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        builder.add(name, .kernel(CopyKernel(values: values)), buffers: [target.buffer])
    }
}

private struct CopyKernel: Kernel {
    let values: [Float]

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        values.withUnsafeBytes { addresses[0].copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }
}

extension NormalizationFactors: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let sources = try node.inputs.map { try builder.readPlain($0).buffer }
        let targets = node.outputs.map { builder.write($0, layout: builder.plainLayout(of: $0)).buffer }
        let kernel = FactorsKernel(indices: keptAxes.indices, epsilon: epsilon)
        builder.add(name, .kernel(kernel), buffers: sources + targets)
    }
}

private struct FactorsKernel: Kernel {
    let indices: [Int32]
    let epsilon: Float

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        let mean = addresses[0].assumingMemoryBound(to: Float.self)
        let variance = addresses[1].assumingMemoryBound(to: Float.self)
        let means = addresses[2].assumingMemoryBound(to: Float.self)
        let deviations = addresses[3].assumingMemoryBound(to: Float.self)
        for position in indices.indices {
            let number = Int(indices[position])
            means[position] = mean[number]
            // Written so that the NaN of a negative variance stays, as in Keras.
            let deviation = variance[number].squareRoot()
            deviations[position] = deviation < epsilon ? epsilon : deviation
        }
    }
}

extension Normalize: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        // Row-major: the number of an element says which statistics are its own.
        let source = try builder.readPlain(node.inputs[0])
        let (means, deviations) = (try builder.readPlain(node.inputs[1]), try builder.readPlain(node.inputs[2]))
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: source.layout)
        let kernel = PeriodicKernel(
            function: isInverted ? MILLRACE_DENORMALIZE : MILLRACE_NORMALIZE, count: source.layout.byteCount / 4,
            period: deviations.layout.byteCount / 4)
        builder.add(
            name, .kernel(kernel), buffers: [source.buffer, deviations.buffer, target.buffer, means.buffer])
    }
}

extension NormalizeGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let gradient = try builder.readPlain(node.inputs[0])
        let deviations = try builder.readPlain(node.inputs[1])
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: gradient.layout)
        let kernel = PeriodicKernel(
            function: isInverted ? MILLRACE_MULTIPLY : MILLRACE_DIVIDE, count: gradient.layout.byteCount / 4,
            period: deviations.layout.byteCount / 4)
        builder.add(name, .kernel(kernel), buffers: [gradient.buffer, deviations.buffer, target.buffer])
    }
}

/// Source, deviations and target; means behind them where the function has any.
private struct PeriodicKernel: Kernel {
    let function: millrace_periodic
    let count: Int
    let period: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        let hasMeans = function == MILLRACE_NORMALIZE || function == MILLRACE_DENORMALIZE
        millrace_periodic(
            function, addresses[0].assumingMemoryBound(to: Float.self),
            hasMeans ? UnsafePointer(addresses[3].assumingMemoryBound(to: Float.self)) : nil,
            addresses[1].assumingMemoryBound(to: Float.self), addresses[2].assumingMemoryBound(to: Float.self), count,
            period)
    }
}
