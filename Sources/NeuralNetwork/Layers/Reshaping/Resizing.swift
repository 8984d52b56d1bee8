import Engine
import Memory

/// Images (height, width, channels), each position repeated or the positions between interpolated.
public final class UpSampling2D: Layer {
    /// How many times as high and as wide.
    public let size: [Int]
    public let interpolation: Interpolation

    public init(size: [Int] = [2, 2], interpolation: Interpolation = .nearest, name: String = "") {
        precondition(size.count == 2 && size.allSatisfy { $0 > 0 }, "UpSampling2D: size \(size)")
        self.size = size
        self.interpolation = interpolation
        super.init(name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        let extents = try spatialExtents(of: input, rank: 2)
        return [extents[0] * size[0], extents[1] * size[1], input.last]
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let (rows, columns, channels) = (input.shape[1], input.shape[2], input.shape[3])
        guard interpolation == .nearest else {
            return input.resized(height: rows * size[0], width: columns * size[1], interpolation)
        }
        let batch = input.shape[0]
        return input.reshaped([batch * rows, 1, columns, 1, channels])
            .broadcast(to: [batch * rows, size[0], columns, size[1], channels])
            .reshaped([batch, rows * size[0], columns * size[1], channels])
    }
}

/// Images (height, width, channels) in another size, without antialiasing.
public final class Resizing: Layer {
    public let height: Int
    public let width: Int
    public let interpolation: Interpolation

    public init(_ height: Int, _ width: Int, interpolation: Interpolation = .bilinear, name: String = "") {
        precondition(height > 0 && width > 0, "Resizing: \(height) by \(width)")
        self.height = height
        self.width = width
        self.interpolation = interpolation
        super.init(name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        _ = try spatialExtents(of: input, rank: 2)
        return [height, width, input.last]
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.resized(height: height, width: width, interpolation)
    }
}
