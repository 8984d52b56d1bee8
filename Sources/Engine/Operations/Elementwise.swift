import Memory

/// Functions of one element, with a gradient that is computed from their output.
package enum PointwiseFunction: Sendable, Hashable {
    /// `x` above zero, `negativeSlope · x` below; the slope is not negative.
    case relu(negativeSlope: Float)
    /// `1 / (1 + e⁻ˣ)`.
    case sigmoid
    case tanh
}

/// An activation, element by element.
package struct Activate: Operation {
    package let activation: PointwiseFunction
    package var name: String { "\(activation)" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { inputs }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (output, gradient) = (outputs[0], outputGradients[0]!)
        // Where a maximum pooling follows, only the pooled positions carry a gradient, and there the pooled value is the
        // activation's output: masking before unpooling does the same work on a fraction of the elements, and the
        // activation's output need not be kept.
        let producer = gradient.producer
        if case .relu = activation, let pooling = producer.operation as? MaxPoolingGradient,
            producer.inputs[1] == output.id
        {
            let graph = output.graph
            let pooled = Tensor(graph: graph, id: producer.inputs[2])
            let masked = Tensor(graph: graph, id: producer.inputs[0]).activationGradient(activation, output: pooled)
            return graph.apply(pooling, [masked, output, pooled])
        }
        return [gradient.activationGradient(activation, output: output)]
    }
}

/// The gradient of an activation: inputs are the gradient of its output and the output.
package struct ActivateGradient: Operation {
    package let activation: PointwiseFunction
    package var name: String { "gradient of \(activation)" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [inputs[0]] }
}

/// Keras's general ReLU: `maximum` from there on, `x` from `threshold` on, `negativeSlope · (x − threshold)` below.
package struct Rectify: Operation {
    package let negativeSlope: Float
    package let threshold: Float
    package let maximum: Float
    package var name: String { "rectifier" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { inputs }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let gradient = RectifyGradient(negativeSlope: negativeSlope, threshold: threshold, maximum: maximum)
        return inputs[0].graph.apply(gradient, [outputGradients[0]!, inputs[0]])
    }
}

/// The gradient of the general ReLU: inputs are the gradient of its output and its input.
package struct RectifyGradient: Operation {
    package let negativeSlope: Float
    package let threshold: Float
    package let maximum: Float
    package var name: String { "gradient of rectifier" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [inputs[0]] }
}

/// `scale · x + offset`.
package struct Affine: Operation {
    package let scale: Float
    package let offset: Float
    package var name: String { "affine" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { inputs }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        [outputGradients[0]!.scaled(by: scale)]
    }
}

extension Tensor {
    package func activated(_ activation: PointwiseFunction) -> Tensor {
        graph.apply(Activate(activation: activation), [self])[0]
    }

    func activationGradient(_ activation: PointwiseFunction, output: Tensor) -> Tensor {
        graph.apply(ActivateGradient(activation: activation), [self, output])[0]
    }

    /// `max(x, 0)`, or `negativeSlope · x` below zero.
    public func relu(negativeSlope: Float = 0) -> Tensor { activated(.relu(negativeSlope: negativeSlope)) }

    /// The general ReLU of Keras's layer of that name.
    public func rectified(negativeSlope: Float, threshold: Float, maximum: Float) -> Tensor {
        graph.apply(Rectify(negativeSlope: negativeSlope, threshold: threshold, maximum: maximum), [self])[0]
    }

    /// `1 / (1 + e⁻ˣ)`.
    public func sigmoid() -> Tensor { activated(.sigmoid) }

    /// The hyperbolic tangent.
    public func tanh() -> Tensor { activated(.tanh) }

    /// `scale · x + offset`.
    public func scaled(by scale: Float, offset: Float = 0) -> Tensor {
        graph.apply(Affine(scale: scale, offset: offset), [self])[0]
    }
}
