import Memory

/// Sums over the first axis of the products of tables of one shape, (rows, …) each: high and low parts, (…) each.
///
/// Sums are made in double and leave as two float32 that hold 48 bits together: moments of large numbers that lie close
/// together are lost in one.
package struct ProductSums: Operation {
    package var name: String { "sums of products" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(
            (1...3).contains(inputs.count) && inputs[0].shape.rank > 0
                && inputs.allSatisfy { $0.shape == inputs[0].shape },
            "\(name): \(inputs.map(\.shape)), expected one to three tables of one shape")
        let sum = TensorType(inputs[0].shape.withoutFirst)
        return [sum, sum]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        inputs.map { _ in nil }
    }
}

/// Inputs: values and `int32` numbers of the same shape. Outputs: high and low parts of `count` sums of values by number;
/// numbers outside of `0..<count` are left out. Whole counts are exact up to 2⁴⁸.
package struct BucketSums: Operation {
    package let count: Int
    package var name: String { "sums by number" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(
            inputs[0].shape == inputs[1].shape && inputs[1].scalar == .int32, "\(name): \(inputs[0]), \(inputs[1])")
        return [TensorType([count]), TensorType([count])]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        [nil, nil]
    }
}

extension Tensor {
    /// Sums over the first axis of products with up to two others of this shape, without a gradient: high and low parts.
    package func productSums(_ others: Tensor...) -> [Tensor] { graph.apply(ProductSums(), [self] + others) }

    /// Sums of these elements by `int32` numbers of the same shape, without a gradient: high and low parts of `count` sums.
    /// Numbers outside of `0..<count` are left out.
    package func bucketSums(by numbers: Tensor, count: Int) -> [Tensor] {
        graph.apply(BucketSums(count: count), [self, numbers])
    }
}
