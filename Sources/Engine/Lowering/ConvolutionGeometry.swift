import Memory
import OneDNN

/// What all three primitives of a convolution agree on, and how its tensors look to them.
struct ConvolutionGeometry {
    let axes: ImageAxes
    /// As the primitives have it.
    let window: Window
    private let source: Shape
    private let kernel: Shape
    private let destination: Shape
    private let groups: Int

    init(_ window: Window, source: Shape, weights: Shape, destination: Shape) {
        axes = ImageAxes(rank: source.rank)
        self.window = axes.window(window)
        self.source = source
        kernel = weights
        self.destination = destination
        groups = source.last / weights[weights.rank - 2]
    }

    func anySource(_ type: ScalarType) -> MemoryDescriptor { axes.any(source, type) }
    func anyDestination(_ type: ScalarType) -> MemoryDescriptor { axes.any(destination, type) }
    func anyWeights(_ type: ScalarType) -> MemoryDescriptor { .init(any: weightExtents, type: type) }

    func plainSource(_ type: ScalarType) -> MemoryDescriptor {
        axes.primitive(.init(rowMajor: source.dimensions, type: type))
    }
    func plainDestination(_ type: ScalarType) -> MemoryDescriptor {
        axes.primitive(.init(rowMajor: destination.dimensions, type: type))
    }

    /// Whether oneDNN's convolution of rows is better than the one that it would choose, where rows are at hand.
    ///
    /// Blocks that channels do not fill are padded: float32 (64, 32, 32, 24) by 3×3 to 24 took 10.5 ms in blocks and 8.7
    /// ms in rows on one core, and what stands behind cannot work with padding. Whole blocks pay by sharing what is
    /// loaded between several of them; one alone has nothing to share: (64, 64, 64, 16) to 16 took 14.4 and 11.7 ms, but
    /// to 32 rows are a tenth slower, and in bfloat16 to 16 as well.
    func prefersRows(_ rows: PrimitiveDescription, over free: PrimitiveDescription, _ type: ScalarType) -> Bool {
        guard rows.implementation.hasPrefix("brg"), rows.isWide == free.isWide else { return false }
        return free.layout(.destination).loops == nil || (groups == 1 && kernel.last <= 16 && type == .float32)
    }

    private var weightExtents: [Int] {
        let spatial = (axes.isSequence ? [1] : []) + kernel.dimensions.dropLast(2)
        let inputs = kernel[kernel.rank - 2]
        return (groups == 1 ? [kernel.last] : [groups, kernel.last / groups]) + [inputs] + spatial
    }

    /// The forward description that backward ones take as a hint.
    func hint(_ type: ScalarType, hasBias: Bool) throws -> PrimitiveDescription {
        try .convolution(
            source: anySource(type), weights: anyWeights(type), bias: hasBias ? .init(rowMajor: [kernel.last]) : nil,
            destination: anyDestination(type), window: window, propagation: .training)
    }

    /// A layout of the weights' tensor, to a primitive; nil where groups are no axis of it.
    func weights(_ layout: MemoryDescriptor) -> MemoryDescriptor? {
        guard groups > 1 else {
            return layout.permuted(Axes.kernelToPrimitive(kernel.rank)).reshaped(weightExtents)
        }
        guard layout.isPlain else { return nil }
        var extents = kernel.dimensions
        extents.removeLast()
        extents += [groups, kernel.last / groups]
        return layout.reshaped(extents).permuted(Axes.groupsToPrimitive(extents.count)).reshaped(weightExtents)
    }

    /// What a primitive calls weights, as a tensor. Not with groups.
    private func tensor(_ layout: MemoryDescriptor) -> MemoryDescriptor {
        let extents = [kernel.last, kernel[kernel.rank - 2]] + kernel.dimensions.dropLast(2)
        return layout.reshaped(extents).permuted(Axes.kernelFromPrimitive(kernel.rank))
    }

    /// The buffer of weights in a primitive's layout.
    func read(_ value: Int, as layout: MemoryDescriptor, from builder: PlanBuilder) throws -> Int {
        guard groups > 1 else { return try builder.readParameter(value, wishing: tensor(layout)).buffer }
        // Blocks of groups cannot be described in the tensor's order of axes: such weights are kept row-major.
        let plain = try builder.readPlain(value)
        let seen = Placement(buffer: plain.buffer, layout: weights(plain.layout)!)
        if seen.layout.isSameMemory(as: layout) { return plain.buffer }
        let copy = Placement(buffer: builder.allocate(layout.byteCount), layout: layout)
        try builder.copy(seen, to: copy)
        return copy.buffer
    }

    /// The buffer for a gradient in a primitive's layout, and what is left to do when it is there.
    func writing(
        _ value: Int, _ layout: MemoryDescriptor, in builder: PlanBuilder
    ) -> (buffer: Int, finish: () throws -> Void) {
        guard groups > 1 else { return (builder.write(value, layout: tensor(layout)).buffer, {}) }
        let plain = builder.plainLayout(of: value)
        let seen = weights(plain)!
        if seen.isSameMemory(as: layout) { return (builder.write(value, layout: plain).buffer, {}) }
        let made = Placement(buffer: builder.allocate(layout.byteCount), layout: layout)
        return (
            made.buffer,
            { try builder.copy(made, to: Placement(buffer: builder.write(value, layout: plain).buffer, layout: seen)) }
        )
    }
}
