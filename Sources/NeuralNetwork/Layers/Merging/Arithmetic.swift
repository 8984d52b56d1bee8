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
public final class Multiply: Merge {
    override func merged(_ left: Tensor, _ right: Tensor) -> Tensor { left * right }
}

/// The mean of its inputs.
public final class Average: Merge {
    override func merged(_ inputs: [Tensor], _ context: LayerContext) -> Tensor {
        super.merged(inputs, context).scaled(by: 1 / Float(inputs.count))
    }

    override func merged(_ left: Tensor, _ right: Tensor) -> Tensor { left + right }
}
