import Memory
import OneDNN

/// Convolution over channels-last images of any number of spatial axes.
///
/// x (batch, spatial…, in), w (spatial…, in / groups, out), b (out) or absent. `window.kernel` is w's spatial extents.
/// The groups are as many as w's input channels go into x's: filter `f` sees the channels of group
/// `f / (out / groups)`. The result has x's type.
package struct Convolution: Operation {
    package let window: Window
    package var name: String { "convolution" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let (x, w) = (inputs[0].shape, inputs[1].shape)
        precondition(
            x.rank == window.kernel.count + 2 && w.rank == x.rank && w[w.rank - 2] > 0
                && x.last % w[w.rank - 2] == 0 && w.last % max(1, x.last / w[w.rank - 2]) == 0,
            "convolution: \(x) by \(w)")
        return [TensorType(Shape([x[0]] + window.outputExtents(x.spatial) + [w.last]), inputs[0].scalar)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let graph = inputs[0].graph
        let gradient = outputGradients[0]!.casted(to: inputs[0].type.scalar)
        var result: [Tensor?] = inputs.map { _ in nil }
        let needsBias = inputs.count > 2 && needed[2]
        if needed[1] || needsBias {
            let operation = ConvolutionWeightsGradient(
                window: window, weights: inputs[1].shape, hasBias: needsBias)
            for (index, tensor) in graph.apply(operation, [inputs[0], gradient]).enumerated() {
                result[index + 1] = tensor
            }
        }
        if needed[0] {
            let operation = ConvolutionSourceGradient(window: window, source: inputs[0].shape)
            result[0] = graph.apply(operation, [gradient, inputs[1]])[0]
        }
        return result
    }
}

/// Inputs: the gradient of the output, w. Output: like the source. Transposed convolution is this operation.
package struct ConvolutionSourceGradient: Operation {
    package let window: Window
    package let source: Shape
    package var name: String { "convolution, source gradient" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let (dy, w) = (inputs[0].shape, inputs[1].shape)
        precondition(
            dy.spatial == window.outputExtents(source.spatial) && dy.last == w.last && dy[0] == source[0],
            "convolution: gradient \(dy) by \(w) for \(source)")
        return [TensorType(source, inputs[0].scalar)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let h = outputGradients[0]!.casted(to: inputs[0].type.scalar)
        let ofWeights = ConvolutionWeightsGradient(window: window, weights: inputs[1].shape, hasBias: false)
        return [
            needed[0] ? h.graph.apply(Convolution(window: window), [h, inputs[1]])[0] : nil,
            needed[1] ? h.graph.apply(ofWeights, [h, inputs[0]])[0] : nil,
        ]
    }
}

/// Inputs: x, the gradient of the output. Outputs: like w and, with a bias, (out); float32 whatever the inputs are.
package struct ConvolutionWeightsGradient: Operation {
    package let window: Window
    package let weights: Shape
    package let hasBias: Bool
    package var name: String { "convolution, weights gradient" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        [TensorType(weights)] + (hasBias ? [TensorType([weights.last])] : [])
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (x, dy) = (inputs[0], inputs[1])
        var result: [Tensor?] = [nil, nil]
        if let h = outputGradients[0]?.casted(to: dy.type.scalar) {
            let ofSource = ConvolutionSourceGradient(window: window, source: x.shape)
            if needed[0] { result[0] = x.graph.apply(ofSource, [dy, h])[0] }
            if needed[1] { result[1] = x.graph.apply(Convolution(window: window), [x, h])[0] }
        }
        if needed[1], hasBias, let h = outputGradients[1] {
            let spread = h.broadcast(to: dy.shape)
            result[1] = (result[1].map { $0 + spread } ?? spread).casted(to: dy.type.scalar)
        }
        return result
    }
}

extension Tensor {
    package func convolution(_ weights: Tensor, bias: Tensor?, window: Window) -> Tensor {
        let weights = weights.casted(to: type.scalar)
        return graph.apply(Convolution(window: window), [self, weights] + (bias.map { [$0] } ?? []))[0]
    }

    /// Convolution of images (batch, spatial…, in), of one to three spatial axes, with weights
    /// (spatial…, in / groups, out); the result is (batch, spatial…, out), in this tensor's type.
    ///
    /// The channels fall into as many groups as the weights' input channels go into this tensor's. Strides and dilation
    /// are 1 unless they are given, one number for each spatial axis.
    public func convolution(
        _ weights: Tensor, bias: Tensor? = nil, strides: [Int]? = nil, dilation: [Int]? = nil,
        padding: Padding = .valid
    ) -> Tensor {
        let kernel = Array(weights.shape.dimensions.dropLast(2))
        let window = Window(
            kernel: kernel, strides: strides ?? kernel.map { _ in 1 }, dilation: dilation, padding: padding,
            over: shape.spatial)
        return convolution(weights, bias: bias, window: window)
    }

    /// Convolution of each channel by itself: weights (spatial…, in, multiplier), result (batch, spatial…,
    /// in · multiplier), where channel `c` makes the channels from `c · multiplier` on.
    public func depthwiseConvolution(
        _ weights: Tensor, bias: Tensor? = nil, strides: [Int]? = nil, dilation: [Int]? = nil,
        padding: Padding = .valid
    ) -> Tensor {
        let kernel = Array(weights.shape.dimensions.dropLast(2))
        let filters = weights.shape[weights.shape.rank - 2] * weights.shape.last
        return convolution(
            weights.reshaped(Shape(kernel + [1, filters])), bias: bias, strides: strides, dilation: dilation,
            padding: padding)
    }

    /// Convolution of images (batch, height, width, in) with weights (height, width, in, out).
    public func convolution2D(
        _ weights: Tensor, bias: Tensor? = nil, strides: (Int, Int) = (1, 1), dilation: (Int, Int) = (1, 1),
        padding: Padding = .valid
    ) -> Tensor {
        convolution(
            weights, bias: bias, strides: [strides.0, strides.1], dilation: [dilation.0, dilation.1], padding: padding)
    }
}
