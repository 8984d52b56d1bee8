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
        let (description, type) = try builder.buildable(builder.type(x)) { type in
            func describe(
                _ source: MemoryDescriptor, _ destination: MemoryDescriptor
            ) throws -> PrimitiveDescription {
                try .convolution(
                    source: source, weights: geometry.anyWeights(type), bias: bias?.layout, destination: destination,
                    window: geometry.window, propagation: builder.propagation, fused: function)
            }
            let any = geometry.anyDestination(type)
            let free = try describe(geometry.anySource(type), any)
            if layout.isPlain, let rows = try? describe(geometry.plainSource(type), geometry.plainDestination(type)),
                geometry.prefersRows(rows, over: free, type)
            {
                return rows
            }
            return try .preferring({ try describe(atHand.withType(type), any) }, over: { free })
        }
        let layouts = (
            source: description.layout(.source), weights: description.layout(.weights),
            destination: description.layout(.destination)
        )
        let source = try builder.read(x, as: geometry.axes.tensor(layouts.source))
        let weights = try geometry.read(w, as: layouts.weights, from: builder)
        let target = builder.writing(result, geometry.axes.tensor(layouts.destination), type: type)
        var arguments: [(PrimitiveDescription.Role, Int, MemoryDescriptor)] = [
            (.source, source.buffer, layouts.source), (.weights, weights, layouts.weights),
        ]
        if let bias { arguments.append((.bias, bias.buffer, bias.layout)) }
        arguments.append((.destination, target.buffer, layouts.destination))
        try builder.add(description, arguments)
        try target.finish()
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
        let (description, type) = try builder.buildable(builder.type(dy)) { type in
            let hint = try geometry.hint(type, hasBias: false)
            let (anyWeights, atHand) = (geometry.anyWeights(type), gradientAtHand.withType(type))
            func describe(
                _ weights: MemoryDescriptor, _ gradient: MemoryDescriptor, source: MemoryDescriptor? = nil
            ) throws -> PrimitiveDescription {
                try .convolutionSourceGradient(
                    source: source ?? geometry.anySource(type), weights: weights, destination: gradient,
                    window: geometry.window, hint: hint)
            }
            let free = try describe(anyWeights, geometry.anyDestination(type))
            if isOfRows, free.layout(.sourceGradient).loops == nil,
                let rows = try? describe(
                    anyWeights, geometry.plainDestination(type), source: geometry.plainSource(type)), rows.isNative
            {
                return rows
            }
            return try .preferring(
                { try describe(weightsAtHand?.withType(type) ?? anyWeights, atHand) },
                over: {
                    try .preferring(
                        { try describe(anyWeights, atHand) }, over: { free })
                })
        }
        let layouts = (
            weights: description.layout(.weights), gradient: description.layout(.destinationGradient),
            source: description.layout(.sourceGradient)
        )
        let weights = try geometry.read(w, as: layouts.weights, from: builder)
        let gradient = try builder.read(dy, as: geometry.axes.tensor(layouts.gradient))
        let target = builder.writing(node.outputs[0], geometry.axes.tensor(layouts.source), type: type)
        try builder.add(
            description,
            [
                (.destinationGradient, gradient.buffer, layouts.gradient), (.weights, weights, layouts.weights),
                (.sourceGradient, target.buffer, layouts.source),
            ])
        try target.finish()
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
        let (description, _) = try builder.buildable(builder.type(dy)) { type in
            let hint = try geometry.hint(type, hasBias: hasBias)
            func describe(
                _ source: MemoryDescriptor, _ weights: MemoryDescriptor, _ gradient: MemoryDescriptor
            ) throws -> PrimitiveDescription {
                try .convolutionWeightsGradient(
                    source: source.withType(type), weights: weights, bias: bias, destination: gradient.withType(type),
                    window: geometry.window, hint: hint)
            }
            return try .preferring(
                { try describe(source, wanted ?? anyWeights, gradient) },
                over: {
                    try .preferring(
                        { try describe(source, anyWeights, gradient) },
                        over: { try describe(geometry.anySource(type), anyWeights, geometry.anyDestination(type)) })
                })
        }
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
