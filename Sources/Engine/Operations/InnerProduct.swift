import Memory

/// A dense product `x · w + b`: x (rows, in), w (in, out), b (out) or absent.
package struct InnerProduct: Operation {
    package var name: String { "inner product" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let (x, w) = (inputs[0].shape, inputs[1].shape)
        precondition(x.rank == 2 && w.rank == 2 && x[1] == w[0], "inner product: \(x) by \(w)")
        return [TensorType([x[0], w[1]], inputs[0].scalar)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (graph, gradient) = (inputs[0].graph, outputGradients[0]!)
        var result: [Tensor?] = inputs.map { _ in nil }
        let needsBias = inputs.count > 2 && needed[2]
        if needed[1] || needsBias {
            let ofWeights = graph.apply(InnerProductWeightsGradient(hasBias: needsBias), [inputs[0], gradient])
            for (index, tensor) in ofWeights.enumerated() { result[index + 1] = tensor }
        }
        if needed[0] { result[0] = graph.apply(InnerProductSourceGradient(), [gradient, inputs[1]])[0] }
        return result
    }
}

/// Inputs: the gradient of the output (rows, out), w (in, out). Output: (rows, in).
package struct InnerProductSourceGradient: Operation {
    package var name: String { "inner product, source gradient" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        [TensorType([inputs[0].shape[0], inputs[1].shape[0]], inputs[0].scalar)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (dy, w, g) = (inputs[0], inputs[1], outputGradients[0]!)
        return [
            needed[0] ? g.innerProduct(w) : nil,
            needed[1] ? g.graph.apply(InnerProductWeightsGradient(hasBias: false), [g, dy])[0] : nil,
        ]
    }
}

/// Inputs: x (rows, in), the gradient of the output (rows, out). Outputs: (in, out) and, with a bias, (out), in float32
/// whatever the inputs are.
package struct InnerProductWeightsGradient: Operation {
    package let hasBias: Bool
    package var name: String { "inner product, weights gradient" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let (x, y) = (inputs[0].shape, inputs[1].shape)
        return [TensorType([x[1], y[1]])] + (hasBias ? [TensorType([y[1]])] : [])
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (x, dy) = (inputs[0], inputs[1])
        let ofWeights = outputGradients[0]?.casted(to: dy.type.scalar)
        let ofBias = hasBias ? outputGradients[1]?.casted(to: dy.type.scalar) : nil
        let ofSource = ofWeights.map { x.graph.apply(InnerProductSourceGradient(), [dy, $0])[0] }
        var ofGradient = ofWeights.map { x.innerProduct($0) }
        if let ofBias { ofGradient = ofGradient.map { $0 + ofBias } ?? ofBias.broadcast(to: dy.shape) }
        return [needed[0] ? ofSource : nil, needed[1] ? ofGradient : nil]
    }
}

extension Tensor {
    /// `self · weights + bias`: self (rows, in), weights (in, out), bias (out).
    public func innerProduct(_ weights: Tensor, bias: Tensor? = nil) -> Tensor {
        graph.apply(InnerProduct(), [self, weights] + (bias.map { [$0] } ?? []))[0]
    }
}
