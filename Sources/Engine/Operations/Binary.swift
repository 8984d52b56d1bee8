import Memory

/// Functions of two numbers.
package enum BinaryFunction: Sendable, Hashable {
    case add, subtract, multiply, divide, maximum, minimum
    /// `aᵇ`.
    case power
    /// 1 where it holds, else 0.
    case equal, less, lessOrEqual
    /// `a` where `b` is above zero, else `negativeSlope · a`.
    case reluGradient(negativeSlope: Float)
    /// `a` where `lower < b < upper`, else 0.
    case clipGradient(lower: Float, upper: Float)
}

/// A function of the elements of two tensors; extents of 1, and missing leading ones, are repeated.
package struct Binary: ElementwiseOperation {
    package let function: BinaryFunction
    package var name: String { "\(function)" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        guard let shape = inputs[0].shape.broadcast(with: inputs[1].shape) else {
            preconditionFailure("\(name): shapes \(inputs[0].shape) and \(inputs[1].shape) do not fit each other")
        }
        let isBrief = inputs.allSatisfy { $0.scalar == .bfloat16 }
        return [TensorType(shape, isBrief ? .bfloat16 : .float32)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (a, b, y, g) = (inputs[0], inputs[1], outputs[0], outputGradients[0]!)
        func both(_ left: @autoclosure () -> Tensor, _ right: @autoclosure () -> Tensor) -> [Tensor?] {
            [needed[0] ? left().reduced(to: a) : nil, needed[1] ? right().reduced(to: b) : nil]
        }
        switch function {
        case .add: return both(g, g)
        case .subtract: return both(g, g.scaled(by: -1))
        case .multiply: return both(g * b, g * a)
        case .divide: return both(g / b, (g * y / b).scaled(by: -1))
        // Equal elements share the gradient, as in JAX.
        case .maximum: return both(g * b.share(below: a), g * a.share(below: b))
        case .minimum: return both(g * a.share(below: b), g * b.share(below: a))
        case .power:
            // a⁻¹ at a zero exponent would be infinite at zero, and its product with the exponent no number; the logarithm is
            // taken where there is one, and where there is none the slope is 0.
            let (zero, one) = (a.graph.constant(0, shape: []), a.graph.constant(1, shape: []))
            let exponent = Tensor.select(b, b.scaled(by: 1, offset: -1), one)
            let isPositive = a.greater(zero)
            let logarithm = Tensor.select(isPositive, a, one).log()
            return both(g * b * a.power(exponent), g * Tensor.select(isPositive, y * logarithm, zero))
        case .equal, .less, .lessOrEqual: return [nil, nil]
        case .reluGradient, .clipGradient: return [needed[0] ? g.binary(function, b).reduced(to: a) : nil, nil]
        }
    }
}

extension Tensor {
    package func binary(_ function: BinaryFunction, _ other: Tensor) -> Tensor {
        graph.apply(Binary(function: function), [self, other])[0]
    }

    /// 1 where this is below the other, one half where they are equal, else 0.
    fileprivate func share(below other: Tensor) -> Tensor {
        (binary(.less, other) + binary(.lessOrEqual, other)).scaled(by: 0.5)
    }

    /// A gradient of a broadcast operand: summed over the axes that were repeated, in the operand's type.
    package func reduced(to operand: Tensor) -> Tensor {
        var result = self
        if shape != operand.shape {
            let missing = shape.rank - operand.shape.rank
            let axes = (0..<shape.rank).filter { $0 < missing || (operand.shape[$0 - missing] == 1 && shape[$0] != 1) }
            result = result.sum(axes: axes).reshaped(operand.shape)
        }
        return operand.type.scalar.isFloatingPoint ? result.casted(to: operand.type.scalar) : result
    }

    public static func + (left: Tensor, right: Tensor) -> Tensor { left.binary(.add, right) }
    public static func - (left: Tensor, right: Tensor) -> Tensor { left.binary(.subtract, right) }
    public static func * (left: Tensor, right: Tensor) -> Tensor { left.binary(.multiply, right) }
    public static func / (left: Tensor, right: Tensor) -> Tensor { left.binary(.divide, right) }
    public static func + (left: Tensor, right: Float) -> Tensor { left.scaled(by: 1, offset: right) }
    public static func - (left: Tensor, right: Float) -> Tensor { left.scaled(by: 1, offset: -right) }
    public static func * (left: Tensor, right: Float) -> Tensor { left.scaled(by: right) }
    public static func / (left: Tensor, right: Float) -> Tensor { left * (1 / right) }
    public static prefix func - (tensor: Tensor) -> Tensor { tensor.scaled(by: -1) }

    /// The larger of both; equal elements share the gradient.
    public func maximum(_ other: Tensor) -> Tensor { binary(.maximum, other) }
    /// The smaller of both; equal elements share the gradient.
    public func minimum(_ other: Tensor) -> Tensor { binary(.minimum, other) }
    /// `selfᵉˣᵖᵒⁿᵉⁿᵗ`.
    public func power(_ exponent: Tensor) -> Tensor { binary(.power, exponent) }
    /// 1 where both are equal, else 0.
    public func equal(_ other: Tensor) -> Tensor { binary(.equal, other) }
    /// 1 where this is less, else 0.
    public func less(_ other: Tensor) -> Tensor { binary(.less, other) }
    /// 1 where this is less or equal, else 0.
    public func lessOrEqual(_ other: Tensor) -> Tensor { binary(.lessOrEqual, other) }
    /// 1 where this is greater, else 0.
    public func greater(_ other: Tensor) -> Tensor { other.binary(.less, self) }
    /// 1 where this is greater or equal, else 0.
    public func greaterOrEqual(_ other: Tensor) -> Tensor { other.binary(.lessOrEqual, self) }
}

extension Shape {
    /// The shape of both together by numpy's rules: aligned at the last axis, extents of 1 repeated; nil if they differ.
    package func broadcast(with other: Shape) -> Shape? {
        let rank = max(rank, other.rank)
        var result = [Int](repeating: 1, count: rank)
        for axis in 0..<rank {
            let left = axis < rank - self.rank ? 1 : self[axis - (rank - self.rank)]
            let right = axis < rank - other.rank ? 1 : other[axis - (rank - other.rank)]
            guard left == right || left == 1 || right == 1 else { return nil }
            result[axis] = left == 1 ? right : left
        }
        return Shape(result)
    }
}
