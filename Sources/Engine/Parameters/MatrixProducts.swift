import Memory
import OneDNN

/// Products of row-major matrices outside of a graph, their primitives built at the first product of a size.
///
/// Not for two threads at once.
package final class MatrixProducts {
    private struct Key: Hashable {
        let rows: Int
        let inner: Int
        let columns: Int
        let leftIsTransposed: Bool
        let rightIsTransposed: Bool
    }

    private var calls: [Key: Product] = [:]

    package init() {}

    /// target (rows, columns) = left (rows, inner) times right (inner, columns).
    ///
    /// - Parameters:
    ///   - leftIsTransposed: whether `left` lies in memory as (inner, rows).
    ///   - rightIsTransposed: whether `right` lies in memory as (columns, inner).
    package func multiply(
        _ left: UnsafeMutablePointer<Float>, _ right: UnsafeMutablePointer<Float>,
        into target: UnsafeMutablePointer<Float>, rows: Int, inner: Int, columns: Int,
        leftIsTransposed: Bool = false, rightIsTransposed: Bool = false
    ) {
        let product = product(
            Key(
                rows: rows, inner: inner, columns: columns, leftIsTransposed: leftIsTransposed,
                rightIsTransposed: rightIsTransposed))
        product.run([left, right, target])
    }

    private func product(_ key: Key) -> Product {
        if let known = calls[key] { return known }
        let left = Self.layout(key.rows, key.inner, isTransposed: key.leftIsTransposed)
        let right = Self.layout(key.inner, key.columns, isTransposed: key.rightIsTransposed)
        let target = MemoryDescriptor(rowMajor: [key.rows, key.columns])
        do {
            let made = try Product(left, right, target)
            calls[key] = made
            return made
        } catch {
            preconditionFailure(
                "MatrixProducts: (\(key.rows), \(key.inner)) times (\(key.inner), \(key.columns)): \(error)")
        }
    }

    private static func layout(_ rows: Int, _ columns: Int, isTransposed: Bool) -> MemoryDescriptor {
        MemoryDescriptor(dimensions: [rows, columns], strides: isTransposed ? [1, rows] : [columns, 1])
    }
}

/// A primitive with its scratch memory.
private final class Product {
    private let call: PrimitiveCall
    private let scratch: AlignedBuffer

    init(_ left: MemoryDescriptor, _ right: MemoryDescriptor, _ target: MemoryDescriptor) throws {
        let description = try PrimitiveDescription.matrixProduct(left, right, destination: target)
        let scratchLayout = description.layout(.scratchpad)
        var arguments: [(PrimitiveDescription.Role, MemoryDescriptor)] = [
            (.source, left), (.weights, right), (.destination, target),
        ]
        let needsScratch = !scratchLayout.isEmpty && scratchLayout.byteCount > 0
        if needsScratch { arguments.append((.scratchpad, scratchLayout)) }
        scratch = AlignedBuffer(byteCount: needsScratch ? scratchLayout.byteCount : 0)
        call = try PrimitiveCall(description, arguments: arguments)
        if needsScratch { call.bind(3, to: scratch.address) }
    }

    func run(_ operands: [UnsafeMutablePointer<Float>]) {
        for (index, operand) in operands.enumerated() { call.bind(index, to: operand) }
        call.execute()
        Device.shared.wait()
    }
}
