import Engine
import Memory

extension OperationRule {
    static let reductions: [String: OperationRule] = [
        "Mean": reduction { $0.mean(axes: $1, keepDimensions: $2) },
        "Sum": reduction { $0.sum(axes: $1, keepDimensions: $2) },
        "Max": extreme({ $0.max(axes: $1, keepDimensions: $2) }) { $0.maximum($1) },
        "Min": extreme({ $0.min(axes: $1, keepDimensions: $2) }) { $0.minimum($1) },
        "Prod": reduction { $0.product(axes: $1, keepDimensions: $2) },
        "Var": reduction { $0.variance(axes: $1, keepDimensions: $2) },
        "Std": reduction { $0.variance(axes: $1, keepDimensions: $2).sqrt() },
        "Any": reduction { $0.truth.max(axes: $1, keepDimensions: $2) },
        "All": reduction { $0.truth.min(axes: $1, keepDimensions: $2) },
        "Logsumexp": reduction("keras.src.ops.math") { $0.logSumExp(axes: $1, keepDimensions: $2) },
        "Norm": unary("keras.src.ops.linalg") { x, call throws(ModelError) in
            let axes = try call.axes(of: x)
            let keeps = try call.flag("keepdims")
            switch call.value("ord") {
            case nil: break
            case .text("fro")? where axes.count == 2: break
            case let order? where order.number == 2 && axes.count == 1: break
            case let order? where order.number == 1 && axes.count == 1:
                return x.abs().sum(axes: axes, keepDimensions: keeps)
            default: throw call.refused("ord", "none, 1 or 2 of one axis, or fro of two")
            }
            return x.square().sum(axes: axes, keepDimensions: keeps).sqrt()
        },
    ]

    private static func reduction(
        _ module: String = "keras.src.ops.numpy", _ function: @escaping @Sendable (Tensor, [Int], Bool) -> Tensor
    ) -> OperationRule {
        unary(module) { x, call throws(ModelError) in
            function(x, try call.axes(of: x), try call.flag("keepdims"))
        }
    }

    private static func extreme(
        _ function: @escaping @Sendable (Tensor, [Int], Bool) -> Tensor,
        _ join: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) -> OperationRule {
        unary(type: sameType) { x, call throws(ModelError) in
            let result = function(x, try call.axes(of: x), try call.flag("keepdims"))
            return try call.number("initial").map { join(result, x.graph.constant($0, shape: [])) } ?? result
        }
    }
}

extension Tensor {
    /// The mean of the squared distances from the mean.
    fileprivate func variance(axes: [Int], keepDimensions: Bool) -> Tensor {
        (self - mean(axes: axes, keepDimensions: true)).square().mean(axes: axes, keepDimensions: keepDimensions)
    }

    /// The product over axes, by halves.
    fileprivate func product(axes: [Int], keepDimensions: Bool) -> Tensor {
        var result = self
        for axis in axes {
            while result.shape[axis] > 1 {
                let count = result.shape[axis]
                let half = count / 2
                let product = result.sliced(axis: axis, 0..<half) * result.sliced(axis: axis, half..<2 * half)
                let rest = count % 2 == 1 ? [result.sliced(axis: axis, count - 1..<count)] : []
                result = Tensor.concatenate([product] + rest, axis: axis)
            }
        }
        guard !keepDimensions else { return result }
        return result.reshaped(Shape(shape.dimensions.indices.filter { !axes.contains($0) }.map { shape[$0] }))
    }
}
