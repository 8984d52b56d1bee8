import Engine
import Memory

/// The middle of images (height, width, channels). Of images that are smaller along an axis, the largest part in the
/// middle with the window's aspect ratio, resized to the window with bilinear interpolation.
public final class CenterCrop: Layer {
    public let height: Int
    public let width: Int

    public init(_ height: Int, _ width: Int, name: String = "") {
        self.height = height
        self.width = width
        super.init(name: name)
    }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard height > 0, width > 0 else {
            throw error("height and width are \(height) and \(width), expected positive numbers")
        }
        guard input.rank == 3 else {
            throw error("the input has shape \(input), expected (height, width, channels)")
        }
        return [height, width, input[2]]
    }

    /// Whether the output is a part of images of this shape, as it is.
    func isWindow(in images: Shape) -> Bool { images[0] >= height && images[1] >= width }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard isWindow(in: input.shape.withoutFirst) else {
            return input.croppedToAspectRatio(height: height, width: width).resized(
                height: height, width: width, .bilinear)
        }
        let begin = [0, (input.shape[1] - height) / 2, (input.shape[2] - width) / 2, 0]
        return input.sliced(begin: begin, shape: [input.shape[0], height, width, input.shape[3]])
    }
}
