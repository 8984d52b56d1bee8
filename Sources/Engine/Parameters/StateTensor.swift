import Memory
import OneDNN

/// A tensor that outlives a step, such as a weight or an optimizer's momentum: what a checkpoint holds, row-major,
/// wherever and in whatever layout it lies.
package struct StateTensor {
    package let name: String
    package let shape: Shape
    private let layout: MemoryDescriptor
    private let floats: UnsafeMutablePointer<Float>
    private let store: ParameterStore
    /// Between two steps nobody reads the gradients of this parameter: theirs is the scratch memory.
    private let parameter: Int

    init(
        _ name: String, _ shape: Shape, layout: MemoryDescriptor, at floats: UnsafeMutablePointer<Float>,
        of parameter: Int, in store: ParameterStore
    ) {
        self.name = name
        self.shape = shape
        self.layout = layout
        self.floats = floats
        self.parameter = parameter
        self.store = store
    }

    /// Bytes of the elements, without padding.
    package var byteCount: Int { shape.elementCount * MemoryLayout<Float>.stride }

    private var plain: MemoryDescriptor { MemoryDescriptor(rowMajor: shape.layoutDimensions) }

    /// Calls `body` with the elements in row-major order. Allocates nothing for them in a model that is trained.
    package func withRowMajor(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard !layout.isSameMemory(as: plain) else {
            return try body(UnsafeRawBufferPointer(start: floats, count: byteCount))
        }
        try store.withScratch(ofParameter: parameter, count: shape.elementCount) { scratch in
            try reorder(from: floats, layout, to: scratch, plain)
            try body(UnsafeRawBufferPointer(start: scratch, count: byteCount))
        }
    }

    /// Replaces the elements by those that `fill` puts down in row-major order.
    package func replace(_ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        guard !layout.isSameMemory(as: plain) else {
            return try fill(UnsafeMutableRawBufferPointer(start: floats, count: byteCount))
        }
        try store.withScratch(ofParameter: parameter, count: shape.elementCount) { scratch in
            try fill(UnsafeMutableRawBufferPointer(start: scratch, count: byteCount))
            try reorder(from: scratch, plain, to: floats, layout)
        }
    }

    private func reorder(
        from source: UnsafeMutablePointer<Float>, _ sourceLayout: MemoryDescriptor,
        to target: UnsafeMutablePointer<Float>, _ targetLayout: MemoryDescriptor
    ) throws {
        let call = try PrimitiveCall(
            .reorder(from: sourceLayout, to: targetLayout),
            arguments: [(.source, sourceLayout), (.destination, targetLayout)])
        call.bind(0, to: source)
        call.bind(1, to: target)
        call.execute()
        Device.shared.wait()
    }
}

extension ParameterStore {
    /// The names of all parameters, made different where layers within layers have the same.
    package var stateNames: [String] {
        var counts: [String: Int] = [:]
        return entries.map { entry in
            counts[entry.name, default: 0] += 1
            return counts[entry.name] == 1 ? entry.name : "\(entry.name) \(counts[entry.name]!)"
        }
    }

    /// A parameter's tensor in memory that is laid out as the weights are.
    ///
    /// What the gradients were is lost when the tensor is read or replaced.
    ///
    /// - Parameter arena: all of that memory; nil: the weights.
    package func stateTensor(_ index: Int, in arena: UnsafeMutablePointer<Float>? = nil, named name: String)
        -> StateTensor
    {
        let entry = entries[index]
        return StateTensor(
            name, entry.shape, layout: entry.layout, at: (arena ?? weights.baseAddress!) + entry.offset, of: index,
            in: self)
    }
}

extension SlotStore {
    /// The tensor of values of a parameter, which must be kept.
    package func stateTensor(_ name: String, _ parameter: Int, named full: String) -> StateTensor {
        let (layout, shape) = layout(name, parameter)
        return StateTensor(
            full, shape, layout: layout, at: values(name, parameter)!.baseAddress!, of: parameter, in: store)
    }
}
