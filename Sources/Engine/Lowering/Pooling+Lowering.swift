import Memory
import OneDNN

extension MaxPooling: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let source = try builder.placement(of: node.inputs[0])
        let result = builder.shape(node.outputs[0])
        let description = try PrimitiveDescription.maxPooling(
            source: source.layout.primitiveOrder,
            destination: .init(any: [result[0], result[3], result[1], result[2]]),
            window: window, propagation: builder.propagation)
        let layout = description.layout(.destination)
        let target = builder.write(node.outputs[0], layout: layout.tensorOrder)
        var arguments: [(PrimitiveDescription.Role, Int, MemoryDescriptor)] = [
            (.source, source.buffer, source.layout.primitiveOrder), (.destination, target.buffer, layout),
        ]
        let workspace = description.layout(.workspace)
        if !workspace.isEmpty && workspace.byteCount > 0 {
            let place = Placement(buffer: builder.allocate(workspace.byteCount), layout: workspace)
            arguments.append((.workspace, place.buffer, workspace))
            builder.workspaces[node.outputs[0]] = place
        }
        builder.forwardHints[node.outputs[0]] = description
        try builder.add(description, arguments)
    }
}

extension MaxPoolingGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        // Only the workspace of the forward pass is read: neither the pooling's input nor its output need be kept.
        let (x, y) = (node.inputs[1], node.inputs[2])
        guard let hint = builder.forwardHints[y] else {
            preconditionFailure("\(name): its forward pass is not in the plan")
        }
        let gradient = try builder.read(node.inputs[0], as: try builder.placement(of: y).layout)
        let source = try builder.placement(of: x).layout.primitiveOrder
        let description = try PrimitiveDescription.maxPoolingGradient(
            source: source, destination: gradient.layout.primitiveOrder, window: window, hint: hint)
        let target = builder.write(node.outputs[0], layout: source.tensorOrder)
        var arguments: [(PrimitiveDescription.Role, Int, MemoryDescriptor)] = [
            (.destinationGradient, gradient.buffer, gradient.layout.primitiveOrder),
            (.sourceGradient, target.buffer, source),
        ]
        if let workspace = builder.workspaces[y] {
            arguments.append((.workspace, workspace.buffer, workspace.layout))
        }
        try builder.add(description, arguments)
    }
}
