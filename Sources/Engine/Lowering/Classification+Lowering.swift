import CKernels
import Memory
import OneDNN

extension SoftmaxOperation: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.readPlain(node.inputs[0])
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: source.layout)
        let description = try PrimitiveDescription.softmax(
            layout: source.layout, axis: source.layout.dimensions.count - 1, propagation: builder.propagation)
        try builder.add(
            description,
            [(.source, source.buffer, source.layout), (.destination, target.buffer, source.layout)])
    }
}

extension SoftmaxGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let gradient = try builder.readPlain(node.inputs[0])
        let output = try builder.readPlain(node.inputs[1])
        let target = try builder.write(node.outputs[0], over: node.inputs[0], layout: gradient.layout)
        let description = try PrimitiveDescription.softmaxGradient(
            gradient: gradient.layout, output: output.layout, axis: gradient.layout.dimensions.count - 1)
        try builder.add(
            description,
            [
                (.destination, output.buffer, output.layout), (.destinationGradient, gradient.buffer, gradient.layout),
                (.sourceGradient, target.buffer, gradient.layout),
            ])
    }
}

/// Rows and classes of scores, and how their labels are given.
private struct ScoreTable {
    let rows: Int
    let classes: Int
    let labels: Labels
    let fromLogits: Bool

    init(_ scores: Shape, _ labels: Labels, fromLogits: Bool) {
        classes = scores.last
        rows = scores.elementCount / max(1, classes)
        self.labels = labels
        self.fromLogits = fromLogits
    }

    /// Class numbers or nil.
    func sparse(_ address: UnsafeMutableRawPointer) -> UnsafePointer<Int32>? {
        labels == .sparse ? UnsafePointer(address.assumingMemoryBound(to: Int32.self)) : nil
    }

    /// Distributions or nil.
    func oneHot(_ address: UnsafeMutableRawPointer) -> UnsafePointer<Float>? {
        labels == .oneHot ? UnsafePointer(address.assumingMemoryBound(to: Float.self)) : nil
    }

    /// Notes the first label that is not a class number; its row counts as class 0 meanwhile.
    func note(_ invalidRow: Int, _ labels: UnsafeMutableRawPointer, _ state: inout RunState) {
        if invalidRow >= 0 && state.invalidLabel == nil {
            state.invalidLabel = (invalidRow, labels.assumingMemoryBound(to: Int32.self)[invalidRow])
        }
    }
}

extension CrossEntropy: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let scores = try builder.readPlain(node.inputs[0])
        let labels = try builder.readPlain(node.inputs[1])
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        let table = ScoreTable(builder.shape(node.inputs[0]), self.labels, fromLogits: fromLogits)
        builder.add(
            name, .kernel(CrossEntropyKernel(table: table)), buffers: [scores.buffer, labels.buffer, target.buffer])
    }
}

private struct CrossEntropyKernel: Kernel {
    let table: ScoreTable

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        let invalid = millrace_cross_entropy(
            addresses[0].assumingMemoryBound(to: Float.self), table.sparse(addresses[1]), table.oneHot(addresses[1]),
            addresses[2].assumingMemoryBound(to: Float.self), table.rows, table.classes, table.fromLogits)
        table.note(invalid, addresses[1], &state)
    }
}

extension CrossEntropyGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let scores = try builder.readPlain(node.inputs[0])
        let labels = try builder.readPlain(node.inputs[1])
        let losses = try builder.readPlain(node.inputs[2])
        let target = builder.write(node.outputs[0], layout: scores.layout)
        let table = ScoreTable(builder.shape(node.inputs[0]), self.labels, fromLogits: fromLogits)
        builder.add(
            name, .kernel(CrossEntropyGradientKernel(table: table)),
            buffers: [scores.buffer, labels.buffer, losses.buffer, target.buffer])
    }
}

private struct CrossEntropyGradientKernel: Kernel {
    let table: ScoreTable

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_cross_entropy_gradient(
            addresses[0].assumingMemoryBound(to: Float.self), table.sparse(addresses[1]), table.oneHot(addresses[1]),
            addresses[2].assumingMemoryBound(to: Float.self), addresses[3].assumingMemoryBound(to: Float.self),
            table.rows, table.classes, table.fromLogits)
    }
}

extension ClassMatches: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let scores = try builder.readPlain(node.inputs[0])
        let labels = try builder.readPlain(node.inputs[1])
        let target = builder.write(node.outputs[0], layout: builder.plainLayout(of: node.outputs[0]))
        let table = ScoreTable(builder.shape(node.inputs[0]), self.labels, fromLogits: true)
        builder.add(
            name, .kernel(ClassMatchesKernel(table: table)), buffers: [scores.buffer, labels.buffer, target.buffer])
    }
}

private struct ClassMatchesKernel: Kernel {
    let table: ScoreTable

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_class_matches(
            addresses[0].assumingMemoryBound(to: Float.self), table.sparse(addresses[1]), table.oneHot(addresses[1]),
            addresses[2].assumingMemoryBound(to: Float.self), table.rows, table.classes)
    }
}

extension ThresholdMatches: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let predictions = try builder.readPlain(node.inputs[0])
        let targets = try builder.readPlain(node.inputs[1])
        let result = builder.write(node.outputs[0], layout: predictions.layout)
        let kernel = ThresholdMatchesKernel(threshold: threshold, count: predictions.layout.byteCount / 4)
        builder.add(name, .kernel(kernel), buffers: [predictions.buffer, targets.buffer, result.buffer])
    }
}

private struct ThresholdMatchesKernel: Kernel {
    let threshold: Float
    let count: Int

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_threshold_matches(
            addresses[0].assumingMemoryBound(to: Float.self), addresses[1].assumingMemoryBound(to: Float.self),
            addresses[2].assumingMemoryBound(to: Float.self), count, threshold)
    }
}
