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

    private var calls: [Key: PrimitiveCall] = [:]

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
        let call = call(
            Key(
                rows: rows, inner: inner, columns: columns, leftIsTransposed: leftIsTransposed,
                rightIsTransposed: rightIsTransposed))
        call.bind(0, to: left)
        call.bind(1, to: right)
        call.bind(2, to: target)
        call.execute()
        Device.shared.wait()
    }

    private func call(_ key: Key) -> PrimitiveCall {
        if let known = calls[key] { return known }
        let left = Self.layout(key.rows, key.inner, isTransposed: key.leftIsTransposed)
        let right = Self.layout(key.inner, key.columns, isTransposed: key.rightIsTransposed)
        let target = MemoryDescriptor(rowMajor: [key.rows, key.columns])
        do {
            let made = try PrimitiveCall(
                .matrixProduct(left, right, destination: target),
                arguments: [(.source, left), (.weights, right), (.destination, target)])
            calls[key] = made
            return made
        } catch {
            preconditionFailure("MatrixProducts: (\(key.rows), \(key.inner)) times (\(key.inner), \(key.columns)): \(error)")
        }
    }

    private static func layout(_ rows: Int, _ columns: Int, isTransposed: Bool) -> MemoryDescriptor {
        MemoryDescriptor(dimensions: [rows, columns], strides: isTransposed ? [1, rows] : [columns, 1])
    }
}
