import Engine
import Memory

/// Some axes of a tensor moved behind the others, and back.
struct AxisOrder {
    /// The chosen axes, the batch being axis 0, in ascending order.
    let axes: [Int]
    private let rank: Int

    /// - Parameters:
    ///   - axes: as Keras counts them: the batch is axis 0, negative ones count from the last.
    ///   - sample: the shape of a sample.
    init(_ axes: [Int], of sample: Shape, _ layer: Layer) throws(ModelError) {
        rank = sample.rank + 1
        var chosen: [Int] = []
        for axis in axes {
            guard (-rank..<rank).contains(axis) else {
                throw layer.error("axis \(axis) is out of range; the input (batch included) has \(rank) axes")
            }
            let place = axis < 0 ? axis + rank : axis
            guard place > 0 else { throw layer.error("axis \(axis) is the batch; choose an axis of the samples") }
            guard !chosen.contains(place) else { throw layer.error("axes \(axes) name an axis twice") }
            chosen.append(place)
        }
        guard !chosen.isEmpty else { throw layer.error("no axis is named") }
        self.axes = chosen.sorted()
    }

    private var order: [Int] { (0..<rank).filter { !axes.contains($0) } + axes }

    /// The extents of the chosen axes.
    func extents(of sample: Shape) -> Shape { Shape(axes.map { sample[$0 - 1] }) }

    /// The tensor as (others…, product of the chosen extents).
    func joined(_ tensor: Tensor) -> Tensor {
        let moved = tensor.transposed(order)
        let others = moved.shape.dimensions.dropLast(axes.count)
        return moved.reshaped(Shape(others + [moved.shape.dimensions.suffix(axes.count).reduce(1, *)]))
    }

    /// The reverse of `joined` for a tensor of the given shape.
    func parted(_ tensor: Tensor, like original: Tensor) -> Tensor {
        let shape = Shape(order.map { original.shape[$0] })
        let inverse = (0..<rank).map { order.firstIndex(of: $0)! }
        return tensor.reshaped(shape).transposed(inverse)
    }
}

extension LayerContext {
    /// The parameter of a name that `parameters(for:)` may have left out, or a number in its place.
    func parameter(_ index: Int?, else value: Float, shape: Shape) -> Tensor {
        index.map { parameters[$0] } ?? graph.constant(value, shape: shape)
    }
}
