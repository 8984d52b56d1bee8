import Engine
import Memory

/// Masks of attention as float32 tensors of 0 and 1 that broadcast to (batch, queries, keys).
enum AttentionMask {
    /// Both masks; nil for none.
    static func both(_ left: Tensor?, _ right: Tensor?) -> Tensor? {
        guard let left, let right else { return left ?? right }
        return left * right
    }

    /// 1 where a query at a place may look at a key at a place: (1, queries, keys).
    static func places(
        _ queries: Int, _ keys: Int, in graph: Graph, _ allows: (_ query: Int, _ key: Int) -> Bool
    ) -> Tensor {
        var values: [Float] = []
        values.reserveCapacity(queries * keys)
        for query in 0..<queries { for key in 0..<keys { values.append(allows(query, key) ? 1 : 0) } }
        return graph.constant(values, shape: [1, queries, keys])
    }

    /// A mask of queries (batch, queries) as (batch, queries, 1).
    static func ofQueries(_ mask: Tensor) -> Tensor {
        mask.casted(to: .float32).reshaped(Shape(mask.shape.dimensions + [1]))
    }

    /// A mask of keys (batch, keys) as (batch, 1, keys).
    static func ofKeys(_ mask: Tensor) -> Tensor {
        mask.casted(to: .float32).reshaped(Shape(mask.shape.dimensions.dropLast() + [1, mask.shape.last]))
    }

    /// Softmax along the last axis, in float32: places with mask 0 count for nothing, and a row of such places is uniform.
    static func softmax(_ scores: Tensor, _ mask: Tensor?) -> Tensor {
        let scores = scores.casted(to: .float32)
        guard let mask else { return scores.softmax() }
        // A finite number, so that a row of nothing else has no difference of infinities.
        return Tensor.select(mask, scores, scores.graph.constant(-2e38, shape: [])).softmax()
    }
}
