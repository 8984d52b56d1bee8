import Memory

/// Inputs: a condition, what counts where it is not 0, and what counts elsewhere. Smaller operands are repeated.
package struct Select: ElementwiseOperation {
    package var name: String { "select" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        guard let pair = inputs[1].shape.broadcast(with: inputs[2].shape),
            let shape = pair.broadcast(with: inputs[0].shape)
        else { preconditionFailure("select: shapes \(inputs.map(\.shape)) do not fit each other") }
        let isBrief = inputs.dropFirst().allSatisfy { $0.scalar == .bfloat16 }
        return [TensorType(shape, isBrief ? .bfloat16 : .float32)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (condition, gradient) = (inputs[0], outputGradients[0]!)
        let zero = condition.graph.constant(0, shape: [])
        return [
            nil, needed[1] ? Tensor.select(condition, gradient, zero).reduced(to: inputs[1]) : nil,
            needed[2] ? Tensor.select(condition, zero, gradient).reduced(to: inputs[2]) : nil,
        ]
    }
}

/// The same numbers in another type, rounded to the nearest. Whole numbers lose their fraction; the nearest int32 stands for
/// what is beyond its range, 0 for NaN.
package struct Cast: ElementwiseOperation {
    package let scalar: ScalarType
    package var name: String { "cast to \(scalar)" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [TensorType(inputs[0].shape, scalar)] }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let type = inputs[0].type.scalar
        return [type.isFloatingPoint && scalar.isFloatingPoint ? outputGradients[0]!.casted(to: type) : nil]
    }
}

/// Repeats extents of 1 and missing leading ones up to a shape.
package struct Broadcast: ElementwiseOperation {
    package let shape: Shape
    package var name: String { "broadcast" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(inputs[0].shape.broadcast(with: shape) == shape, "broadcast: \(inputs[0].shape) to \(shape)")
        return [TensorType(shape, inputs[0].scalar)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        [outputGradients[0]!.reduced(to: inputs[0])]
    }
}

/// The same values, which gradients do not pass.
package struct StopGradient: Operation {
    package var name: String { "stop gradient" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { inputs }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        [nil]
    }
}

extension Tensor {
    /// `a` where the condition is not 0, `b` elsewhere; smaller operands are repeated.
    public static func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
        condition.graph.apply(Select(), [condition, a, b])[0]
    }

    /// The same numbers in another type.
    public func casted(to scalar: ScalarType) -> Tensor {
        type.scalar == scalar ? self : graph.apply(Cast(scalar: scalar), [self])[0]
    }

    /// Extents of 1 and missing leading ones repeated up to `shape`.
    public func broadcast(to shape: Shape) -> Tensor {
        self.shape == shape ? self : graph.apply(Broadcast(shape: shape), [self])[0]
    }

    /// The same values, constants to gradients.
    public func stoppingGradient() -> Tensor { graph.apply(StopGradient(), [self])[0] }
}
