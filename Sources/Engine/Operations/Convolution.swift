import Memory
import OneDNN

/// Two-dimensional convolution over channels-last images.
///
/// x (batch, height, width, in), w (height, width, in, out), b (out) or absent. `window.kernel` is w's extents.
package struct Convolution: Operation {
    package let window: Window
    package var name: String { "convolution" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let (x, w) = (inputs[0].shape, inputs[1].shape)
        precondition(x.rank == 4 && w.rank == 4 && x[3] == w[2], "convolution: \(x) by \(w)")
        let spatial = (0..<2).map { window.outputExtent(x[$0 + 1], axis: $0) }
        return [TensorType([x[0], spatial[0], spatial[1], w[3]])]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (graph, gradient) = (inputs[0].graph, outputGradients[0]!)
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

/// Inputs: the gradient of the output, w. Output: like the source.
package struct ConvolutionSourceGradient: Operation {
    package let window: Window
    package let source: Shape
    package var name: String { "convolution, source gradient" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [TensorType(source)] }
}

/// Inputs: x, the gradient of the output. Outputs: like w and, with a bias, (out).
package struct ConvolutionWeightsGradient: Operation {
    package let window: Window
    package let weights: Shape
    package let hasBias: Bool
    package var name: String { "convolution, weights gradient" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        [TensorType(weights)] + (hasBias ? [TensorType([weights[3]])] : [])
    }
}

/// Maximum over windows of a channels-last image (batch, height, width, channels).
package struct MaxPooling: Operation {
    package let window: Window
    package var name: String { "maximum pooling" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let x = inputs[0].shape
        precondition(x.rank == 4, "maximum pooling: \(x)")
        return [TensorType([x[0], window.outputExtent(x[1], axis: 0), window.outputExtent(x[2], axis: 1), x[3]])]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        inputs[0].graph.apply(MaxPoolingGradient(window: window), [outputGradients[0]!, inputs[0], outputs[0]])
    }
}

/// Inputs: the gradient of the output, the pooling's input and its output. Output: like the input. The first maximum of
/// a window gets its gradient.
package struct MaxPoolingGradient: Operation {
    package let window: Window
    package var name: String { "gradient of maximum pooling" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [inputs[1]] }
}

/// How far a window may reach over the border.
public enum Padding: String, Sendable {
    /// Not at all.
    case valid
    /// So far that the output has `⌈extent / stride⌉` positions; an odd rest goes to the end.
    case same
}

extension Window {
    /// A window over `extents` with Keras's padding rules.
    package init(kernel: [Int], strides: [Int], dilation: [Int] = [1, 1], padding: Padding, over extents: [Int]) {
        var before: [Int] = []
        var after: [Int] = []
        for axis in kernel.indices {
            let reach = (kernel[axis] - 1) * dilation[axis] + 1
            switch padding {
            case .valid:
                before.append(0)
                after.append(0)
            case .same:
                let positions = (extents[axis] + strides[axis] - 1) / strides[axis]
                let total = max(0, (positions - 1) * strides[axis] + reach - extents[axis])
                before.append(total / 2)
                after.append(total - total / 2)
            }
        }
        self.init(
            kernel: kernel, strides: strides, dilation: dilation, paddingBefore: before, paddingAfter: after)
    }

    /// Output positions along a spatial axis of the given extent.
    package func outputExtent(_ extent: Int, axis: Int) -> Int {
        let reach = (kernel[axis] - 1) * dilation[axis] + 1
        return (extent + paddingBefore[axis] + paddingAfter[axis] - reach) / strides[axis] + 1
    }
}

extension Tensor {
    package func convolution(_ weights: Tensor, bias: Tensor?, window: Window) -> Tensor {
        graph.apply(Convolution(window: window), [self, weights] + (bias.map { [$0] } ?? []))[0]
    }

    package func maxPooling(_ window: Window) -> Tensor { graph.apply(MaxPooling(window: window), [self])[0] }

    /// Convolution of images (batch, height, width, in) with weights (height, width, in, out).
    public func convolution2D(
        _ weights: Tensor, bias: Tensor? = nil, strides: (Int, Int) = (1, 1), dilation: (Int, Int) = (1, 1),
        padding: Padding = .valid
    ) -> Tensor {
        let window = Window(
            kernel: [weights.shape[0], weights.shape[1]], strides: [strides.0, strides.1],
            dilation: [dilation.0, dilation.1], padding: padding, over: [shape[1], shape[2]])
        return convolution(weights, bias: bias, window: window)
    }

    /// Maximum over windows of images (batch, height, width, channels).
    public func maxPooling2D(
        _ size: (Int, Int), strides: (Int, Int)? = nil, padding: Padding = .valid
    ) -> Tensor {
        let strides = strides ?? size
        return maxPooling(
            Window(
                kernel: [size.0, size.1], strides: [strides.0, strides.1], padding: padding,
                over: [shape[1], shape[2]]))
    }
}
