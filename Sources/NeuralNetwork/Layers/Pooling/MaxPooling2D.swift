import Engine
import Memory

/// The maximum over windows of images (height, width, channels).
public final class MaxPooling2D: Layer {
    /// Height and width.
    public let poolSize: [Int]
    public let strides: [Int]
    public let padding: Padding

    /// Pooling with a rectangular window; strides are the window's extents when absent.
    public init(poolSize: [Int] = [2, 2], strides: [Int]? = nil, padding: Padding = .valid, name: String = "") {
        precondition(
            poolSize.count == 2 && (strides ?? poolSize).count == 2, "MaxPooling2D: \(poolSize), \(strides ?? [])")
        self.poolSize = poolSize
        self.strides = strides ?? poolSize
        self.padding = padding
        super.init(name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard input.rank == 3 else {
            throw error("the input has shape \(input), expected (height, width, channels)")
        }
        let window = Window2D(size: poolSize, strides: strides, dilation: [1, 1], padding: padding)
        return Shape(window.outputExtents(of: input) + [input.last])
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.maxPooling2D((poolSize[0], poolSize[1]), strides: (strides[0], strides[1]), padding: padding)
    }
}
