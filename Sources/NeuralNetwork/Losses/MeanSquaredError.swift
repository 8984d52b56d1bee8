import Engine
import Memory

/// `mean((prediction − target)²)` over the last axis.
public struct MeanSquaredError: Loss, Hashable {
    public var name: String { "mse" }

    public init() {}

    public func targets(for prediction: Shape) -> TargetSpecification {
        TargetSpecification(shape: prediction, type: .float32, meaning: "values like the predictions")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let square = (prediction - target).square()
        return square.shape.rank > 1 ? square.mean(axes: [-1]) : square
    }
}

extension Loss where Self == MeanSquaredError {
    /// The mean of squared differences.
    public static var meanSquaredError: Self { .init() }
}
