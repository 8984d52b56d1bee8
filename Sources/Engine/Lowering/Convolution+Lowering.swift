import Memory
import OneDNN

extension Convolution: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let (x, w) = (node.inputs[0], node.inputs[1])
        let (function, result) = builder.fusions.fused[index].map { ($0.function, $0.value) } ?? (nil, node.outputs[0])
        let geometry = ConvolutionGeometry(
            window, source: builder.shape(x), weights: builder.shape(w), destination: builder.shape(node.outputs[0]))
        let bias = node.inputs.count > 2 ? try builder.readPlain(node.inputs[2], as: .float32) : nil
        let layout = try builder.placement(of: x).layout
        let atHand = geometry.axes.primitive(layout)
        let type = builder.type(x)
        func describe(
            _ source: MemoryDescriptor, _ destination: MemoryDescriptor
        ) throws -> PrimitiveDescription {
            try .convolution(
                source: source, weights: geometry.anyWeights(type), bias: bias?.layout, destination: destination,
                window: geometry.window, propagation: builder.propagation, fused: function)
        }
        let any = geometry.anyDestination(type)
        let free = try describe(geometry.anySource(type), any)
        let rows =
            layout.isPlain ? try? describe(geometry.plainSource(type), geometry.plainDestination(type)) : nil
        let description =
            if let rows, geometry.prefersRows(rows, over: free, type) {
                rows
            } else {
                try PrimitiveDescription.preferring({ try describe(atHand, any) }, over: { free })
            }
        let layouts = (
            source: description.layout(.source), weights: description.layout(.weights),
            destination: description.layout(.destination)
        )
        let source = try builder.read(x, as: geometry.axes.tensor(layouts.source))
        let weights = try geometry.read(w, as: layouts.weights, from: builder)
        let target = builder.write(result, layout: geometry.axes.tensor(layouts.destination))
        var arguments: [(PrimitiveDescription.Role, Int, MemoryDescriptor)] = [
            (.source, source.buffer, layouts.source), (.weights, weights, layouts.weights),
        ]
        if let bias { arguments.append((.bias, bias.buffer, bias.layout)) }
        arguments.append((.destination, target.buffer, layouts.destination))
        try builder.add(description, arguments)
    }
}

extension ConvolutionSourceGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let (dy, w) = (node.inputs[0], node.inputs[1])
        let geometry = ConvolutionGeometry(
            window, source: source, weights: builder.shape(w), destination: builder.shape(dy))
        let weightsAtHand = geometry.weights(try builder.placement(of: w).layout)
        let layout = try builder.placement(of: dy).layout
        let (gradientAtHand, isOfRows) = (geometry.axes.primitive(layout), layout.isPlain)
        let type = builder.type(dy)
        let hint = try geometry.hint(type, hasBias: false)
        let anyWeights = geometry.anyWeights(type)
        func describe(
            _ weights: MemoryDescriptor, _ gradient: MemoryDescriptor, source: MemoryDescriptor? = nil
        ) throws -> PrimitiveDescription {
            try .convolutionSourceGradient(
                source: source ?? geometry.anySource(type), weights: weights, destination: gradient,
                window: geometry.window, hint: hint)
        }
        let free = try describe(anyWeights, geometry.anyDestination(type))
        let rows =
            isOfRows && free.layout(.sourceGradient).loops == nil
            ? try? describe(anyWeights, geometry.plainDestination(type), source: geometry.plainSource(type)) : nil
        let description =
            if let rows, rows.isNative, rows.isWide == free.isWide {
                rows
            } else {
                try PrimitiveDescription.preferring(
                    { try describe(weightsAtHand?.withType(type) ?? anyWeights, gradientAtHand) },
                    over: {
                        try .preferring({ try describe(anyWeights, gradientAtHand) }, over: { free })
                    })
            }
        let layouts = (
            weights: description.layout(.weights), gradient: description.layout(.destinationGradient),
            source: description.layout(.sourceGradient)
        )
        let weights = try geometry.read(w, as: layouts.weights, from: builder)
        let gradient = try builder.read(dy, as: geometry.axes.tensor(layouts.gradient))
        let target = builder.write(node.outputs[0], layout: geometry.axes.tensor(layouts.source))
        try builder.add(
            description,
            [
                (.destinationGradient, gradient.buffer, layouts.gradient), (.weights, weights, layouts.weights),
                (.sourceGradient, target.buffer, layouts.source),
            ])
    }
}

extension ConvolutionWeightsGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let (x, dy) = (node.inputs[0], node.inputs[1])
        let geometry = ConvolutionGeometry(
            window, source: builder.shape(x), weights: weights, destination: builder.shape(dy))
        let bias = hasBias ? MemoryDescriptor(rowMajor: [weights.last]) : nil
        let source = geometry.axes.primitive(try builder.placement(of: x).layout)
        let gradient = geometry.axes.primitive(try builder.placement(of: dy).layout)
        let wanted = builder.gradientLayout(of: node.outputs[0]).flatMap(geometry.weights)
        let anyWeights = geometry.anyWeights(.float32)
        let type = builder.type(dy)
        let hint = try geometry.hint(type, hasBias: hasBias)
        func describe(
            _ source: MemoryDescriptor, _ weights: MemoryDescriptor, _ gradient: MemoryDescriptor
        ) throws -> PrimitiveDescription {
            try .convolutionWeightsGradient(
                source: source.withType(type), weights: weights, bias: bias, destination: gradient,
                window: geometry.window, hint: hint)
        }
        let description = try PrimitiveDescription.preferring(
            { try describe(source, wanted ?? anyWeights, gradient) },
            over: {
                try .preferring(
                    { try describe(source, anyWeights, gradient) },
                    over: { try describe(geometry.anySource(type), anyWeights, geometry.anyDestination(type)) })
            })
        let layouts = (
            source: description.layout(.source), weights: description.layout(.weightsGradient),
            gradient: description.layout(.destinationGradient)
        )
        let keptSource = try builder.read(x, as: geometry.axes.tensor(layouts.source))
        let keptGradient = try builder.read(dy, as: geometry.axes.tensor(layouts.gradient))
        let target = geometry.writing(node.outputs[0], layouts.weights, in: builder)
        var arguments: [(PrimitiveDescription.Role, Int, MemoryDescriptor)] = [
            (.source, keptSource.buffer, layouts.source), (.destinationGradient, keptGradient.buffer, layouts.gradient),
            (.weightsGradient, target.buffer, layouts.weights),
        ]
        if let bias {
            arguments.append((.biasGradient, builder.write(node.outputs[1], layout: bias).buffer, bias))
        }
        try builder.add(description, arguments)
        try target.finish()
    }
}
