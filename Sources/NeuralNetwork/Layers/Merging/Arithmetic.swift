import Engine

/// The sum of its inputs.
public final class Add: Merge {
    override func merged(_ left: Tensor, _ right: Tensor) -> Tensor { left + right }
}

/// The first of two inputs minus the second.
public final class Subtract: Merge {
    override func checkCount(_ count: Int) throws(ModelError) {
        guard count == 2 else { throw error("takes two inputs, got \(count)") }
    }

    override func merged(_ left: Tensor, _ right: Tensor) -> Tensor { left - right }
}

/// The product of its inputs.
///
/// A masked position of one input counts as 1; where all inputs are masked, the product is 0.
public final class Multiply: Merge {
    override func merged(_ inputs: [Tensor], _ context: LayerContext) -> Tensor {
        let one = context.graph.constant(1, shape: [])
        let counted = zip(inputs, context.masks).map { input, mask in
            mask.map { Tensor.select($0.aligned(rank: input.shape.rank), input, one) } ?? input
        }
        let product = super.merged(counted, context)
        guard let mask = Tensor.anyMask(context.masks) else { return product }
        return Tensor.select(mask.aligned(rank: product.shape.rank), product, context.graph.constant(0, shape: []))
    }

    override func merged(_ left: Tensor, _ right: Tensor) -> Tensor { left * right }
}

/// The mean of its inputs.
public final class Average: Merge {
    override func merged(_ inputs: [Tensor], _ context: LayerContext) -> Tensor {
        super.merged(inputs, context).scaled(by: 1 / Float(inputs.count))
    }

    override func merged(_ left: Tensor, _ right: Tensor) -> Tensor { left + right }
}
