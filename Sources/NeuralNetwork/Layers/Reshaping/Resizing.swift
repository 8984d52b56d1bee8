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
    /// Whether the largest part in the middle that has the new aspect ratio is resized, instead of all.
    public let cropToAspectRatio: Bool
    /// Whether images get margins first, so that they have the new aspect ratio.
    public let padToAspectRatio: Bool
    /// What the margins are filled with.
    public let fillValue: Float

    /// - Parameters:
    ///   - cropToAspectRatio: keeps the aspect ratio by leaving out what lies at the sides. Not with `padToAspectRatio`.
    ///   - padToAspectRatio: keeps the aspect ratio by margins.
    public init(
        _ height: Int, _ width: Int, interpolation: Interpolation = .bilinear, cropToAspectRatio: Bool = false,
        padToAspectRatio: Bool = false, fillValue: Float = 0, name: String = ""
    ) {
        precondition(height > 0 && width > 0, "Resizing: \(height) by \(width)")
        precondition(!(cropToAspectRatio && padToAspectRatio), "Resizing: cropToAspectRatio and padToAspectRatio")
        self.height = height
        self.width = width
        self.interpolation = interpolation
        self.cropToAspectRatio = cropToAspectRatio
        self.padToAspectRatio = padToAspectRatio
        self.fillValue = fillValue
        super.init(name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        let extents = try spatialExtents(of: input, rank: 2).map(Double.init)
        let (tall, wide) = (extents[1] * Double(height) / Double(width), extents[0] * Double(width) / Double(height))
        guard !padToAspectRatio || max(extents[0], tall) * max(extents[1], wide) * Double(input.last) < 0x1p40 else {
            throw error("images \(input) with margins for \(height) by \(width) would have too many elements")
        }
        return [height, width, input.last]
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        var images = input
        if cropToAspectRatio { images = images.croppedToAspectRatio(height: height, width: width) }
        if padToAspectRatio { images = images.paddedToAspectRatio(height: height, width: width, value: fillValue) }
        return images.resized(height: height, width: width, interpolation)
    }
}
