import Engine
import Memory

extension Tensor {
    /// `√Σx²` along axes, which stay with extent 1.
    fileprivate func length(_ axes: [Int]) -> Tensor { square().sum(axes: axes, keepDimensions: true).sqrt() }

    /// Scaled so that its length along axes becomes `desired`; Keras adds 10⁻⁷ to the length.
    fileprivate func scaled(to desired: Tensor, from length: Tensor) -> Tensor { self * (desired / (length + 1e-7)) }
}

/// Lengths along the axes are at most `maxValue`.
public struct MaxNorm: Constraint {
    public static let kind = "MaxNorm"
    public let maxValue: Float
    public let axis: [Int]

    public init(maxValue: Float = 2, axis: [Int] = [0]) {
        self.maxValue = maxValue
        self.axis = axis
    }

    public func callAsFunction(_ weight: Tensor) -> Tensor {
        let length = weight.length(axis)
        return weight.scaled(to: length.clipped(from: 0, to: maxValue), from: length)
    }
}

/// No weight is below 0.
public struct NonNeg: Constraint {
    public static let kind = "NonNeg"
    public init() {}
    public func callAsFunction(_ weight: Tensor) -> Tensor { weight.maximum(weight.graph.constant(0, shape: [])) }
}

/// Lengths along the axes are 1.
public struct UnitNorm: Constraint {
    public static let kind = "UnitNorm"
    public let axis: [Int]

    public init(axis: [Int] = [0]) { self.axis = axis }

    public func callAsFunction(_ weight: Tensor) -> Tensor { weight / (weight.length(axis) + 1e-7) }
}

/// Lengths along the axes approach the range from `minValue` to `maxValue` at a rate.
public struct MinMaxNorm: Constraint {
    public static let kind = "MinMaxNorm"
    public let minValue: Float
    public let maxValue: Float
    /// 1 brings lengths into the range at once.
    public let rate: Float
    public let axis: [Int]

    public init(minValue: Float = 0, maxValue: Float = 1, rate: Float = 1, axis: [Int] = [0]) {
        self.minValue = minValue
        self.maxValue = maxValue
        self.rate = rate
        self.axis = axis
    }

    public func callAsFunction(_ weight: Tensor) -> Tensor {
        let length = weight.length(axis)
        let desired = length.clipped(from: minValue, to: maxValue) * rate + length * (1 - rate)
        return weight.scaled(to: desired, from: length)
    }
}
