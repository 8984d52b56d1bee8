import Memory
import OneDNN

extension Convolution: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let (x, w) = (node.inputs[0], node.inputs[1])
        let (function, result) = builder.fusions.fused[index].map { ($0.function, $0.value) } ?? (nil, node.outputs[0])
        let shapes = ConvolutionShapes(
            source: builder.shape(x), weights: builder.shape(w), destination: builder.shape(node.outputs[0]))
        let bias = node.inputs.count > 2 ? try builder.readPlain(node.inputs[2]) : nil
        func describe(_ source: MemoryDescriptor) throws -> PrimitiveDescription {
            try .convolution(
                source: source, weights: shapes.anyWeights, bias: bias?.layout, destination: shapes.anyDestination,
                window: window, propagation: builder.propagation, fused: function)
        }
        let atHand = try builder.placement(of: x).layout.primitiveOrder
        let description = try PrimitiveDescription.preferring(
            { try describe(atHand) }, over: { try describe(shapes.anySource) })
        let layouts = (
            source: description.layout(.source), weights: description.layout(.weights),
            destination: description.layout(.destination)
        )
        let source = try builder.read(x, as: layouts.source.tensorOrder)
        let weights = try builder.readParameter(w, wishing: layouts.weights.permuted(Axes.kernelFromPrimitive))
        let target = builder.write(result, layout: layouts.destination.tensorOrder)
        var arguments: [(PrimitiveDescription.Role, Int, MemoryDescriptor)] = [
            (.source, source.buffer, layouts.source), (.weights, weights.buffer, layouts.weights),
        ]
        if let bias { arguments.append((.bias, bias.buffer, bias.layout)) }
        arguments.append((.destination, target.buffer, layouts.destination))
        try builder.add(description, arguments)
    }
}

/// What all three primitives of a convolution agree on, axes in oneDNN's order.
private struct ConvolutionShapes {
    let source: Shape
    let weights: Shape
    let destination: Shape

    var anySource: MemoryDescriptor { .init(any: [source[0], source[3], source[1], source[2]]) }
    var anyWeights: MemoryDescriptor { .init(any: [weights[3], weights[2], weights[0], weights[1]]) }
    var anyDestination: MemoryDescriptor {
        .init(any: [destination[0], destination[3], destination[1], destination[2]])
    }

    /// The forward description that backward ones take as a hint.
    func hint(_ window: Window, hasBias: Bool) throws -> PrimitiveDescription {
        try .convolution(
            source: anySource, weights: anyWeights, bias: hasBias ? .init(rowMajor: [weights[3]]) : nil,
            destination: anyDestination, window: window, propagation: .training)
    }
}

extension ConvolutionSourceGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let (dy, w) = (node.inputs[0], node.inputs[1])
        let shapes = ConvolutionShapes(
            source: source, weights: builder.shape(w), destination: builder.shape(dy))
        let hint = try shapes.hint(window, hasBias: false)
        func describe(_ weights: MemoryDescriptor, _ gradient: MemoryDescriptor) throws -> PrimitiveDescription {
            try .convolutionSourceGradient(
                source: shapes.anySource, weights: weights, destination: gradient, window: window, hint: hint)
        }
        let weightsAtHand = try builder.placement(of: w).layout.permuted(Axes.kernelToPrimitive)
        let gradientAtHand = try builder.placement(of: dy).layout.primitiveOrder
        let description = try PrimitiveDescription.preferring(
            { try describe(weightsAtHand, gradientAtHand) },
            over: {
                try PrimitiveDescription.preferring(
                    { try describe(shapes.anyWeights, gradientAtHand) },
                    over: { try describe(shapes.anyWeights, shapes.anyDestination) })
            })
        let weights = description.layout(.weights)
        let gradientLayout = description.layout(.destinationGradient)
        let keptWeights = try builder.readParameter(w, wishing: weights.permuted(Axes.kernelFromPrimitive))
        let gradient = try builder.read(dy, as: gradientLayout.tensorOrder)
        let target = builder.write(node.outputs[0], layout: description.layout(.sourceGradient).tensorOrder)
        try builder.add(
            description,
            [
                (.destinationGradient, gradient.buffer, gradientLayout), (.weights, keptWeights.buffer, weights),
                (.sourceGradient, target.buffer, description.layout(.sourceGradient)),
            ])
    }
}

extension ConvolutionWeightsGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let (x, dy) = (node.inputs[0], node.inputs[1])
        let shapes = ConvolutionShapes(
            source: builder.shape(x), weights: weights, destination: builder.shape(dy))
        let hint = try shapes.hint(window, hasBias: hasBias)
        let bias = hasBias ? MemoryDescriptor(rowMajor: [weights[3]]) : nil
        func describe(
            _ source: MemoryDescriptor, _ weights: MemoryDescriptor, _ gradient: MemoryDescriptor
        ) throws -> PrimitiveDescription {
            try .convolutionWeightsGradient(
                source: source, weights: weights, bias: bias, destination: gradient, window: window, hint: hint)
        }
        let source = try builder.placement(of: x).layout.primitiveOrder
        let gradient = try builder.placement(of: dy).layout.primitiveOrder
        let wanted = builder.gradientLayout(of: node.outputs[0])?.permuted(Axes.kernelToPrimitive)
        let description = try PrimitiveDescription.preferring(
            { try describe(source, wanted ?? shapes.anyWeights, gradient) },
            over: {
                try PrimitiveDescription.preferring(
                    { try describe(source, shapes.anyWeights, gradient) },
                    over: { try describe(shapes.anySource, shapes.anyWeights, shapes.anyDestination) })
            })
        let layouts = (
            source: description.layout(.source), weights: description.layout(.weightsGradient),
            gradient: description.layout(.destinationGradient)
        )
        let keptSource = try builder.read(x, as: layouts.source.tensorOrder)
        let keptGradient = try builder.read(dy, as: layouts.gradient.tensorOrder)
        let target = builder.write(node.outputs[0], layout: layouts.weights.permuted(Axes.kernelFromPrimitive))
        var arguments: [(PrimitiveDescription.Role, Int, MemoryDescriptor)] = [
            (.source, keptSource.buffer, layouts.source), (.destinationGradient, keptGradient.buffer, layouts.gradient),
            (.weightsGradient, target.buffer, layouts.weights),
        ]
        if let bias {
            arguments.append((.biasGradient, builder.write(node.outputs[1], layout: bias).buffer, bias))
        }
        try builder.add(description, arguments)
    }
}
