import Engine
import Memory

/// `l1 Σ|w|`.
public struct L1: Regularizer {
    public static let kind = "L1"
    public let l1: Float

    public init(_ l1: Float = 0.01) { self.l1 = l1 }

    public func callAsFunction(_ weight: Tensor) -> Tensor { weight.abs().sum() * l1 }
}

/// `l2 Σw²`.
public struct L2: Regularizer {
    public static let kind = "L2"
    public let l2: Float

    public init(_ l2: Float = 0.01) { self.l2 = l2 }

    public func callAsFunction(_ weight: Tensor) -> Tensor { weight.square().sum() * l2 }
}

/// `l1 Σ|w| + l2 Σw²`.
public struct L1L2: Regularizer {
    public static let kind = "L1L2"
    public let l1: Float
    public let l2: Float

    public init(l1: Float = 0, l2: Float = 0) {
        self.l1 = l1
        self.l2 = l2
    }

    public func callAsFunction(_ weight: Tensor) -> Tensor {
        weight.abs().sum() * l1 + weight.square().sum() * l2
    }
}

/// The mean of the absolute cosines between the rows (or columns) of a matrix, times a factor.
public struct OrthogonalRegularizer: Regularizer {
    public static let kind = "OrthogonalRegularizer"
    public let factor: Float

    /// What is to become orthogonal.
    public enum Mode: String, Sendable {
        case rows, columns
    }

    public let mode: Mode

    public init(factor: Float = 0.01, mode: Mode = .rows) {
        self.factor = factor
        self.mode = mode
    }

    public func problem(of shape: Shape) -> String? {
        shape.rank == 2 ? nil : "OrthogonalRegularizer takes matrices, two axes, found shape \(shape)"
    }

    public func callAsFunction(_ weight: Tensor) -> Tensor {
        precondition(weight.shape.rank == 2, "OrthogonalRegularizer: shape \(weight.shape), expected a matrix")
        let along = mode == .rows ? 1 : 0
        let length = weight.square().sum(axes: [along], keepDimensions: true).sqrt()
        let unit = weight / length.maximum(weight.graph.constant(1e-7, shape: []))
        let products = unit.matrixProduct(unit, transposeLeft: mode == .columns, transposeRight: mode == .rows)
        let count = weight.shape[1 - along]
        let others = (0..<count * count).map { $0 / count == $0 % count ? Float(0) : 1 }
        let sum = (products * weight.graph.constant(others, shape: [count, count])).abs().sum()
        return sum * (factor / Float(max(1, count * (count - 1))))
    }
}
