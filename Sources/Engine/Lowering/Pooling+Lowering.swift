import CKernels
import Memory
import OneDNN

/// What the primitives of a pooling agree on.
private struct PoolingGeometry {
    let algorithm: PoolingAlgorithm
    let axes: ImageAxes
    let window: Window

    init(_ algorithm: PoolingAlgorithm, _ window: Window, rank: Int) {
        self.algorithm = algorithm
        axes = ImageAxes(rank: rank)
        self.window = axes.window(window)
    }

    func forward(
        _ source: MemoryDescriptor, _ output: Shape, _ propagation: Propagation, _ type: ScalarType
    ) throws -> PrimitiveDescription {
        // Of bfloat16 windows with more taps than a byte counts, oneDNN 2.6 remembers another than the first maximum.
        let isLarge = algorithm == .maximum && window.kernel.reduce(1, *) > 255
        return try .pooling(
            algorithm, source: source.withType(type), destination: axes.any(output, type), window: window,
            propagation: propagation, isWide: isLarge)
    }
}

/// What a forward primitive leaves to its backward one.
struct Workspace {
    let buffer: Int
    let description: PrimitiveDescription
}

extension PlanBuilder {
    /// Layouts are the input's: oneDNN's poolings run at the speed of memory for channels-last and blocked ones alike.
    /// For float32 (128, 26, 26, 32) and (16, 64, 64, 16) by 2×2 on two cores, channels last, a maximum took 0.57 and
    /// 0.04 ms forward, 0.34 and 0.05 ms backward; a loop of our own 0.93 and 0.31, 0.42 and 0.27 ms.
    fileprivate func lowerPooling(_ algorithm: PoolingAlgorithm, _ window: Window, _ node: Graph.Node) throws {
        let (x, y) = (node.inputs[0], node.outputs[0])
        let geometry = PoolingGeometry(algorithm, window, rank: shape(x).rank)
        let atHand = geometry.axes.primitive(try placement(of: x).layout)
        let description = try geometry.forward(atHand, shape(y), propagation, type(x))
        let layouts = (source: description.layout(.source), target: description.layout(.destination))
        let source = try read(x, as: geometry.axes.tensor(layouts.source))
        let target = write(y, layout: geometry.axes.tensor(layouts.target))
        var arguments: [(PrimitiveDescription.Role, Int, MemoryDescriptor)] = [
            (.source, source.buffer, layouts.source), (.destination, target.buffer, layouts.target),
        ]
        let workspace = description.layout(.workspace)
        if !workspace.isEmpty && workspace.byteCount > 0 {
            let buffer = allocate(workspace.byteCount)
            arguments.append((.workspace, buffer, workspace))
            workspaces[y] = Workspace(buffer: buffer, description: description)
        }
        try add(description, arguments)
    }

    /// - Parameter hint: the forward pass whose workspace is read; nil where there is none.
    fileprivate func lowerPoolingGradient(
        _ algorithm: PoolingAlgorithm, _ window: Window, _ node: Graph.Node,
        forward: Workspace?
    ) throws {
        let (dy, dx) = (node.inputs[0], node.outputs[0])
        let geometry = PoolingGeometry(algorithm, window, rank: shape(dx).rank)
        // A workspace has the type and the layout of its forward pass; the gradient of a mean has none to agree with, and
        // keeps the layout in which it comes.
        let atHand = try forward == nil ? placement(of: dy).layout.resembling(shape(dx).dimensions) : nil
        let layout = geometry.axes.primitive(atHand ?? plainLayout(of: dx))
        let hint = try forward?.description ?? geometry.forward(layout, shape(dy), .training, type(dy))
        let description = try PrimitiveDescription.poolingGradient(
            algorithm, source: hint.layout(.source), destination: hint.layout(.destination), window: geometry.window,
            hint: hint)
        let layouts = (gradient: description.layout(.destinationGradient), source: description.layout(.sourceGradient))
        let gradient = try read(dy, as: geometry.axes.tensor(layouts.gradient))
        let target = write(dx, layout: geometry.axes.tensor(layouts.source))
        var arguments: [(PrimitiveDescription.Role, Int, MemoryDescriptor)] = [
            (.destinationGradient, gradient.buffer, layouts.gradient), (.sourceGradient, target.buffer, layouts.source),
        ]
        if let forward { arguments.append((.workspace, forward.buffer, forward.description.layout(.workspace))) }
        try add(description, arguments)
    }
}

extension MaxPooling: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        try builder.lowerPooling(.maximum, window, node)
    }
}

extension MaxPoolingGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        // Only the workspace of the forward pass is read: neither the pooling's input nor its output need be kept.
        guard let workspace = builder.workspaces[node.inputs[2]] else {
            preconditionFailure("\(name): its forward pass is not in the plan, or the plan is not one for training")
        }
        try builder.lowerPoolingGradient(.maximum, window, node, forward: workspace)
    }
}

extension AveragePooling: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        try builder.lowerPooling(.average, window, node)
    }
}

extension AveragePoolingGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        try builder.lowerPoolingGradient(.average, window, node, forward: nil)
    }
}

extension MaxPoolingGather: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let values = try builder.readPlain(node.inputs[0], as: .float32)
        let source = try builder.readPlain(node.inputs[1], as: .float32)
        let layout = builder.plainLayout(of: node.outputs[0])
        let wide = layout.withType(.float32)
        let target =
            layout == wide ? builder.write(node.outputs[0], layout: layout).buffer : builder.allocate(wide.byteCount)
        let kernel = GatherAtMaximaKernel(
            window, input: builder.shape(node.inputs[1]), output: builder.shape(node.outputs[0]))
        builder.add(name, .kernel(kernel), buffers: [values.buffer, source.buffer, target])
        if layout != wide {
            try builder.copy(
                Placement(buffer: target, layout: wide), to: builder.write(node.outputs[0], layout: layout))
        }
    }
}

private final class GatherAtMaximaKernel: Kernel {
    private var windows = millrace_windows()

    init(_ window: Window, input: Shape, output: Shape) {
        func three(_ numbers: [Int], _ missing: Int) -> (Int, Int, Int) {
            let all = Array(repeating: missing, count: 3 - numbers.count) + numbers
            return (all[0], all[1], all[2])
        }
        windows.batch = input[0]
        windows.channels = input.last
        windows.input = three(input.spatial, 1)
        windows.output = three(output.spatial, 1)
        windows.kernel = three(window.kernel, 1)
        windows.strides = three(window.strides, 1)
        windows.dilation = three(window.dilation, 1)
        windows.before = three(window.paddingBefore, 0)
    }

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        millrace_gather_at_maxima(
            &windows, addresses[0].assumingMemoryBound(to: Float.self),
            addresses[1].assumingMemoryBound(to: Float.self),
            addresses[2].assumingMemoryBound(to: Float.self))
    }
}
