import Engine
import Memory

extension Tensor {
    /// The sum of products over all axes that the output lacks.
    ///
    /// - Parameters:
    ///   - x: the axes of `left` by number; `w` those of `right`, `y` those of the result. Axes of one number have one
    ///     extent; none is named twice in one list.
    ///   - bias: of the axes that `right` alone has, which must be the last ones of the output.
    ///   - activation: of elements, or of rows where `right` alone has one axis. It is fused into the product.
    static func einsum(
        _ left: Tensor, _ x: [Int], _ right: Tensor, _ w: [Int], _ y: [Int], bias: Tensor? = nil,
        _ activation: (Tensor) -> Tensor = { $0 }
    ) -> Tensor {
        // Axes of both factors are summed over, or, when the output has them, pair matrices.
        let pairing = x.filter { w.contains($0) && y.contains($0) }
        let summed = w.filter { x.contains($0) && !y.contains($0) }
        let rows = x.filter { y.contains($0) && !w.contains($0) }
        let columns = w.filter { y.contains($0) && !x.contains($0) }
        var extents: [Int: Int] = [:]
        for (axis, extent) in zip(x + w, left.shape.dimensions + right.shape.dimensions) { extents[axis] = extent }
        func count(_ axes: [Int]) -> Int { axes.reduce(1) { $0 * extents[$1]! } }
        func ordered(_ tensor: Tensor, _ axes: [Int], _ order: [Int]) -> Tensor {
            let alone = axes.indices.filter { !order.contains(axes[$0]) }
            let kept = axes.filter { order.contains($0) }
            let rest = alone.isEmpty ? tensor : tensor.sum(axes: alone)
            return rest.transposed(order.map { kept.firstIndex(of: $0)! })
        }
        let a = ordered(left, x, pairing + rows + summed)
        let b = ordered(right, w, pairing + summed + columns)
        let product: Tensor
        if pairing.isEmpty {
            product = activation(
                a.reshaped([count(rows), count(summed)]).innerProduct(
                    b.reshaped([count(summed), count(columns)]), bias: bias?.reshaped([count(columns)])))
        } else {
            let sum = a.reshaped([count(pairing), count(rows), count(summed)]).matrixProduct(
                b.reshaped([count(pairing), count(summed), count(columns)]))
            product = activation(bias.map { sum + $0.reshaped([count(columns)]) } ?? sum)
        }
        let axes = pairing + rows + columns
        return product.reshaped(Shape(axes.map { extents[$0]! })).transposed(y.map { axes.firstIndex(of: $0)! })
    }
}
