import Engine
import Memory

/// The middle of images (height, width, channels), which are at least as large.
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
        guard input[0] >= height, input[1] >= width else {
            throw error("the input has shape \(input), expected at least (\(height), \(width)); resize it first")
        }
        return [height, width, input[2]]
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let begin = [0, (input.shape[1] - height) / 2, (input.shape[2] - width) / 2, 0]
        return input.sliced(begin: begin, shape: [input.shape[0], height, width, input.shape[3]])
    }
}
