import Memory
import OneDNN

/// Shapes of pooling: windows over channels-last images (batch, spatial…, channels) of any number of spatial axes.
private func pooled(_ x: TensorType, _ window: Window, _ name: String) -> [TensorType] {
    precondition(x.shape.rank == window.kernel.count + 2, "\(name): \(x.shape) by windows of \(window.kernel)")
    return [TensorType(Shape([x.shape[0]] + window.outputExtents(x.shape.spatial) + [x.shape.last]), x.scalar)]
}

/// Maximum over windows. The first of equal maxima gets the gradient.
package struct MaxPooling: Operation {
    package let window: Window
    package var name: String { "maximum pooling" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { pooled(inputs[0], window, name) }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let gradient = outputGradients[0]!.casted(to: inputs[0].type.scalar)
        return inputs[0].graph.apply(MaxPoolingGradient(window: window), [gradient, inputs[0], outputs[0]])
    }
}

/// Inputs: the gradient of the output, the pooling's input and its output. Output: like the input.
package struct MaxPoolingGradient: Operation {
    package let window: Window
    package var name: String { "gradient of maximum pooling" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [inputs[1]] }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        guard needed[0] else { return [nil, nil, nil] }
        // Where the maxima lie does not change with small changes of the input.
        let h = outputGradients[0]!.casted(to: inputs[0].type.scalar)
        return h.graph.apply(MaxPoolingGather(window: window), [h, inputs[1], inputs[2]]) + [nil, nil]
    }
}

/// The elements of a tensor at the maxima of another: inputs are a tensor like the pooling's input, the pooling's input
/// and its output; the output is like the pooling's.
package struct MaxPoolingGather: Operation {
    package let window: Window
    package var name: String { "elements at maxima" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [inputs[2]] }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        guard needed[0] else { return [nil, nil, nil] }
        let g = outputGradients[0]!.casted(to: inputs[2].type.scalar)
        return g.graph.apply(MaxPoolingGradient(window: window), [g, inputs[1], inputs[2]]) + [nil, nil]
    }
}

/// Mean over windows; what lies outside of the image does not count.
package struct AveragePooling: Operation {
    package let window: Window
    package var name: String { "average pooling" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { pooled(inputs[0], window, name) }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let operation = AveragePoolingGradient(window: window, source: inputs[0].shape)
        return inputs[0].graph.apply(operation, [outputGradients[0]!.casted(to: inputs[0].type.scalar)])
    }
}

/// Input: the gradient of the output. Output: like the source.
package struct AveragePoolingGradient: Operation {
    package let window: Window
    package let source: Shape
    package var name: String { "gradient of average pooling" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [TensorType(source, inputs[0].scalar)] }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let h = outputGradients[0]!.casted(to: inputs[0].type.scalar)
        return h.graph.apply(AveragePooling(window: window), [h])
    }
}

extension Tensor {
    package func maxPooling(_ window: Window) -> Tensor { graph.apply(MaxPooling(window: window), [self])[0] }

    private func pooling(_ size: [Int], _ strides: [Int]?, _ padding: Padding) -> Window {
        Window(kernel: size, strides: strides ?? size, padding: padding, over: shape.spatial)
    }

    /// Maximum over windows of images (batch, spatial…, channels), of one to three spatial axes; strides are the
    /// windows' extents unless they are given.
    public func maxPooling(_ size: [Int], strides: [Int]? = nil, padding: Padding = .valid) -> Tensor {
        maxPooling(pooling(size, strides, padding))
    }

    /// Mean over windows, like `maxPooling`; what lies outside of the image does not count.
    public func averagePooling(_ size: [Int], strides: [Int]? = nil, padding: Padding = .valid) -> Tensor {
        graph.apply(AveragePooling(window: pooling(size, strides, padding)), [self])[0]
    }

    /// Maximum over windows of images (batch, height, width, channels).
    public func maxPooling2D(
        _ size: (Int, Int), strides: (Int, Int)? = nil, padding: Padding = .valid
    ) -> Tensor {
        maxPooling([size.0, size.1], strides: strides.map { [$0.0, $0.1] }, padding: padding)
    }
}
