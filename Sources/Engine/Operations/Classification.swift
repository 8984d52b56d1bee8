import Memory

/// Softmax along the last axis.
package struct SoftmaxOperation: Operation {
    package var name: String { "softmax" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { inputs }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        inputs[0].graph.apply(SoftmaxGradient(), [outputGradients[0]!, outputs[0]])
    }
}

/// Inputs: the gradient of the output and the output.
package struct SoftmaxGradient: Operation {
    package var name: String { "gradient of softmax" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [inputs[0]] }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        // The output is y (g − Σ g y); Σ is over the last axis.
        let (g, y, h) = (inputs[0], inputs[1], outputGradients[0]!)
        let ofOutput = h * (g - (g * y).sum(axes: [-1], keepDimensions: true))
        return [
            needed[0] ? h.graph.apply(SoftmaxGradient(), [h, y])[0] : nil,
            needed[1] ? ofOutput - g * (h * y).sum(axes: [-1], keepDimensions: true) : nil,
        ]
    }
}

/// How the true class of a row is given.
package enum Labels: Sendable {
    /// `int32` class numbers (rows).
    case sparse
    /// `float32` distributions (rows, classes).
    case oneHot

    func check(_ labels: TensorType, against scores: Shape, _ name: String) {
        let rows = Shape(Array(scores.dimensions.dropLast()))
        switch self {
        case .sparse:
            precondition(
                labels.shape == rows && labels.scalar == .int32, "\(name): labels \(labels), scores \(scores)")
        case .oneHot:
            precondition(
                labels.shape == scores && labels.scalar == .float32, "\(name): labels \(labels), scores \(scores)")
        }
    }
}

/// Cross-entropy between the true class and scores (rows…, classes): one loss per row.
///
/// From logits: `log Σ eˣ − Σ y x`, computed with the row's maximum taken out, exact for any logits. From
/// probabilities: `−Σ y log clip(p / Σp, ε, 1 − ε)` with ε = 1e-7, as Keras has it.
package struct CrossEntropy: Operation {
    package let labels: Labels
    package let fromLogits: Bool
    package var name: String { "cross-entropy" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        labels.check(inputs[1], against: inputs[0].shape, name)
        return [TensorType(Shape(Array(inputs[0].shape.dimensions.dropLast())))]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let operation = CrossEntropyGradient(labels: labels, fromLogits: fromLogits)
        return [inputs[0].graph.apply(operation, [inputs[0], inputs[1], outputGradients[0]!])[0], nil]
    }
}

/// Inputs: scores, labels, the gradient of the losses. Output: like the scores.
package struct CrossEntropyGradient: Operation {
    package let labels: Labels
    package let fromLogits: Bool
    package var name: String { "gradient of cross-entropy" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [inputs[0]] }
}

/// 1 where the largest score is the true class, else 0: one value per row. The first of equal scores counts.
package struct ClassMatches: Operation {
    package let labels: Labels
    package var name: String { "class matches" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        labels.check(inputs[1], against: inputs[0].shape, name)
        return [TensorType(Shape(Array(inputs[0].shape.dimensions.dropLast())))]
    }
}

/// 1 where `prediction > threshold` equals `target`, else 0, element by element.
package struct ThresholdMatches: Operation {
    package let threshold: Float
    package var name: String { "threshold matches" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(inputs[0].shape == inputs[1].shape, "\(name): \(inputs[0].shape) and \(inputs[1].shape)")
        return [inputs[0]]
    }
}

extension Tensor {
    package func crossEntropy(_ labels: Tensor, _ kind: Labels, fromLogits: Bool) -> Tensor {
        graph.apply(CrossEntropy(labels: kind, fromLogits: fromLogits), [self, labels])[0]
    }

    package func classMatches(_ labels: Tensor, _ kind: Labels) -> Tensor {
        graph.apply(ClassMatches(labels: kind), [self, labels])[0]
    }

    package func thresholdMatches(_ targets: Tensor, threshold: Float) -> Tensor {
        graph.apply(ThresholdMatches(threshold: threshold), [self, targets])[0]
    }
}
