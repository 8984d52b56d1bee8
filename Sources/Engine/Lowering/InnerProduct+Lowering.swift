import Memory
import OneDNN

extension InnerProduct: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let value = node.outputs[0]
        let (x, w) = (node.inputs[0], node.inputs[1])
        let source = try builder.placement(of: x)
        let (function, result) = builder.fusions.fused[index].map { ($0.function, $0.value) } ?? (nil, value)
        let shapes = InnerProductShapes(
            rows: builder.shape(x)[0], inputs: builder.shape(w)[0], outputs: builder.shape(w)[1])
        let bias = node.inputs.count > 2 ? try builder.readPlain(node.inputs[2]) : nil
        let type = builder.type(value)
        let destination = MemoryDescriptor(rowMajor: [shapes.rows, shapes.outputs], type: type)
        func describe(_ source: MemoryDescriptor) throws -> PrimitiveDescription {
            try .innerProduct(
                source: source, weights: .init(any: [shapes.outputs, shapes.inputs], type: type), bias: bias?.layout,
                destination: destination, propagation: builder.propagation, fused: function)
        }
        let description = try PrimitiveDescription.preferring(
            { try describe(source.layout) },
            over: { try describe(.init(any: [shapes.rows, shapes.inputs], type: type)) })
        let weights = description.layout(.weights)
        // Weights in float32 lie as their gradients come: the cast turns them, so that nothing turns the gradients.
        let master =
            builder.isCastOfTrained(w)
            ? try shapes.gradientLayout(type, hasBias: bias != nil).permuted(Axes.matrix) : nil
        let keptWeights = try builder.readParameter(w, wishing: weights.permuted(Axes.matrix), keeping: master)
        let keptSource = try builder.read(x, as: description.layout(.source))
        let target = builder.write(result, layout: destination)
        var arguments: [(PrimitiveDescription.Role, Int, MemoryDescriptor)] = [
            (.source, keptSource.buffer, keptSource.layout), (.weights, keptWeights.buffer, weights),
        ]
        if let bias { arguments.append((.bias, bias.buffer, bias.layout)) }
        arguments.append((.destination, target.buffer, destination))
        try builder.add(description, arguments)
    }
}

/// What all three primitives of a dense product agree on.
private struct InnerProductShapes {
    let rows: Int
    let inputs: Int
    let outputs: Int

    /// The forward description that backward ones take as a hint.
    func hint(_ type: ScalarType, hasBias: Bool) throws -> PrimitiveDescription {
        try .innerProduct(
            source: .init(any: [rows, inputs], type: type), weights: .init(any: [outputs, inputs], type: type),
            bias: hasBias ? .init(rowMajor: [outputs], type: type) : nil,
            destination: .init(any: [rows, outputs], type: type), propagation: .training)
    }

    /// How the gradient of the weights comes from row-major sources.
    func gradientLayout(_ type: ScalarType, hasBias: Bool) throws -> MemoryDescriptor {
        try PrimitiveDescription.innerProductWeightsGradient(
            source: .init(rowMajor: [rows, inputs], type: type), weights: .init(any: [outputs, inputs]),
            bias: hasBias ? .init(rowMajor: [outputs]) : nil,
            destination: .init(rowMajor: [rows, outputs], type: type), hint: hint(type, hasBias: hasBias)
        ).layout(.weightsGradient)
    }
}

extension InnerProductSourceGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let (dy, w) = (node.inputs[0], node.inputs[1])
        let gradient = try builder.placement(of: dy)
        let shapes = InnerProductShapes(
            rows: builder.shape(dy)[0], inputs: builder.shape(w)[0], outputs: builder.shape(w)[1])
        let type = builder.type(dy)
        let hint = try shapes.hint(type, hasBias: false)
        let source = MemoryDescriptor(rowMajor: [shapes.rows, shapes.inputs], type: type)
        func describe(_ weights: MemoryDescriptor) throws -> PrimitiveDescription {
            try .innerProductSourceGradient(
                source: source, weights: weights, destination: gradient.layout, hint: hint)
        }
        let atHand = try builder.placement(of: w).layout.permuted(Axes.matrix)
        let description = try PrimitiveDescription.preferring(
            { try describe(atHand) }, over: { try describe(.init(any: [shapes.outputs, shapes.inputs], type: type)) })
        let weights = description.layout(.weights)
        let keptWeights = try builder.readParameter(w, wishing: weights.permuted(Axes.matrix))
        let target = builder.write(node.outputs[0], layout: source)
        try builder.add(
            description,
            [
                (.destinationGradient, gradient.buffer, gradient.layout), (.weights, keptWeights.buffer, weights),
                (.sourceGradient, target.buffer, source),
            ])
    }
}

extension InnerProductWeightsGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let (x, dy) = (node.inputs[0], node.inputs[1])
        let source = try builder.readPlain(x)
        let gradient = try builder.readPlain(dy)
        let shapes = InnerProductShapes(
            rows: builder.shape(x)[0], inputs: builder.shape(x)[1], outputs: builder.shape(dy)[1])
        let hint = try shapes.hint(builder.type(dy), hasBias: hasBias)
        let bias = hasBias ? MemoryDescriptor(rowMajor: [shapes.outputs]) : nil
        func describe(_ weights: MemoryDescriptor) throws -> PrimitiveDescription {
            try .innerProductWeightsGradient(
                source: source.layout, weights: weights, bias: bias, destination: gradient.layout, hint: hint)
        }
        let free = MemoryDescriptor(any: [shapes.outputs, shapes.inputs])
        let description =
            if let wanted = builder.gradientLayout(of: node.outputs[0]) {
                try PrimitiveDescription.preferring(
                    { try describe(wanted.permuted(Axes.matrix)) }, over: { try describe(free) })
            } else {
                try describe(free)
            }
        let weights = description.layout(.weightsGradient)
        let target = builder.write(node.outputs[0], layout: weights.permuted(Axes.matrix))
        var arguments: [(PrimitiveDescription.Role, Int, MemoryDescriptor)] = [
            (.source, source.buffer, source.layout), (.destinationGradient, gradient.buffer, gradient.layout),
            (.weightsGradient, target.buffer, weights),
        ]
        if let bias {
            arguments.append((.biasGradient, builder.write(node.outputs[1], layout: bias).buffer, bias))
        }
        try builder.add(description, arguments)
    }
}
