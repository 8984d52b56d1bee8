import Engine
import Memory

/// Scaled dot-product attention on projections (batch, …, heads, extent), along some of the axes between batch and heads.
///
/// Key and value may have fewer heads than the query: neighbouring heads of the query then share one.
struct AttentionHeads {
    private let query, key, value: Tensor
    private let axes: [Int]

    init(query: Tensor, key: Tensor, value: Tensor, axes: [Int]) {
        (self.query, self.key, self.value) = (query, key, value)
        self.axes = axes
    }

    private var rank: Int { query.shape.rank }

    /// The axes that are no attention axes, the heads being the last.
    private var others: [Int] { (0..<rank - 1).filter { !axes.contains($0) } }

    /// (batch, …, heads, queries…, keys…).
    var scoresShape: Shape {
        Shape(others.map { query.shape[$0] } + axes.map { query.shape[$0] } + axes.map { key.shape[$0] })
    }

    /// (rows, heads of the key, places, extent): heads of the query that share one follow each other in the places.
    private func matrices(_ tensor: Tensor) -> Tensor {
        let heads = key.shape[rank - 2]
        let rows = others.dropLast().reduce(1) { $0 * key.shape[$1] }
        let ordered = tensor.transposed(others + axes + [rank - 1])
        let places = tensor.shape.elementCount / (rows * heads * tensor.shape.last)
        return ordered.reshaped([rows, heads, places, tensor.shape.last])
    }

    /// Softmax of the scores (batch, …, heads, queries…, keys…) over all keys.
    ///
    /// - Parameters:
    ///   - mask: of as many axes as the scores, which it is repeated to.
    ///   - zeroes: whether masked weights are 0 also in a row where all are masked.
    func weights(_ mask: Tensor?, zeroes: Bool) -> Tensor {
        let scale = 1 / Float(query.shape.last).squareRoot()
        let scores = matrices(query.scaled(by: scale)).matrixProduct(matrices(key), transposeRight: true)
        let keys = axes.reduce(1) { $0 * key.shape[$1] }
        let rows: Shape = [scoresShape.elementCount / max(1, keys), keys]
        let flat = mask.map { $0.broadcast(to: scoresShape).reshaped(rows) }
        var weights = AttentionMask.softmax(scores.reshaped(rows), flat)
        if let flat, zeroes { weights = weights * flat }
        return weights.casted(to: query.type.scalar).reshaped(scoresShape)
    }

    /// The sums of values with the given weights: (batch, …, heads, extent) in the query's order of axes.
    func attended(_ weights: Tensor) -> Tensor {
        let values = matrices(value)
        let keys = values.shape[2]
        let places = weights.shape.elementCount / (values.shape[0] * values.shape[1] * keys)
        let product = weights.reshaped([values.shape[0], values.shape[1], places, keys]).matrixProduct(values)
        let order = others + axes + [rank - 1]
        let extents = Shape((others + axes).map { query.shape[$0] } + [value.shape.last])
        return product.reshaped(extents).transposed((0..<rank).map { order.firstIndex(of: $0)! })
    }
}
