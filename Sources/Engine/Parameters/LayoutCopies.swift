import Memory
import OneDNN

extension Shape {
    /// The extents for a memory descriptor, which knows no scalars.
    var layoutDimensions: [Int] { rank == 0 ? [1] : dimensions }
}

extension MemoryDescriptor {
    /// Row-major memory of a shape.
    init(rowMajor shape: Shape) { self.init(rowMajor: shape.layoutDimensions) }

    /// Copies a tensor of this layout into memory of another one.
    func copy(
        _ source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>, as layout: MemoryDescriptor
    ) throws {
        if self == layout {
            target.update(from: source, count: byteCount / 4)
            return
        }
        let call = try PrimitiveCall(
            .reorder(from: self, to: layout), arguments: [(.source, self), (.destination, layout)])
        call.bind(0, to: source)
        call.bind(1, to: target)
        call.execute()
        Device.shared.wait()
    }

    /// The values of a tensor of this layout in row-major order.
    func rowMajorValues(at source: UnsafeMutablePointer<Float>, shape: Shape) throws -> [Float] {
        try [Float](unsafeUninitializedCapacity: shape.elementCount) { buffer, count in
            try copy(source, to: buffer.baseAddress!, as: MemoryDescriptor(rowMajor: shape))
            count = shape.elementCount
        }
    }

    /// Replaces the values of a tensor of this layout by others in row-major order.
    func write(_ values: [Float], at target: UnsafeMutablePointer<Float>, shape: Shape) throws {
        precondition(values.count == shape.elementCount, "ParameterStore: \(values.count) values for \(shape)")
        try values.withUnsafeBufferPointer {
            try MemoryDescriptor(rowMajor: shape).copy(
                UnsafeMutablePointer(mutating: $0.baseAddress!), to: target, as: self)
        }
    }
}

/// Copies of one parameter between its layout and row-major memory, built once.
package final class RowMajorCopies {
    private let toRowMajor: PrimitiveCall
    private let fromRowMajor: PrimitiveCall

    /// Nil for a parameter that is row-major in its own memory.
    package init?(_ entry: ParameterStore.Entry) throws {
        let plain = MemoryDescriptor(rowMajor: entry.shape)
        guard !entry.layout.isSameMemory(as: plain) else { return nil }
        toRowMajor = try PrimitiveCall(
            .reorder(from: entry.layout, to: plain), arguments: [(.source, entry.layout), (.destination, plain)])
        fromRowMajor = try PrimitiveCall(
            .reorder(from: plain, to: entry.layout), arguments: [(.source, plain), (.destination, entry.layout)])
    }

    /// The parameter's own memory into row-major memory.
    package func toRowMajor(_ source: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
        Self.run(toRowMajor, source, target)
    }

    /// Row-major memory into the parameter's own.
    package func fromRowMajor(_ source: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
        Self.run(fromRowMajor, source, target)
    }

    private static func run(
        _ call: PrimitiveCall, _ source: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>
    ) {
        call.bind(0, to: source)
        call.bind(1, to: target)
        call.execute()
        Device.shared.wait()
    }
}
