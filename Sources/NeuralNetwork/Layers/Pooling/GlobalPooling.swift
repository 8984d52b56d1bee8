import Engine
import Memory

/// One number for each channel of an image (spatial…, channels).
open class GlobalPoolingLayer: Layer {
    /// Whether the spatial axes stay, with extent 1.
    public let keepDimensions: Bool

    /// The spatial axes of a sample.
    open class var spatialRank: Int { preconditionFailure("GlobalPooling: \(kind) does not say its spatial axes") }

    public required init(keepDimensions: Bool = false, name: String = "") {
        self.keepDimensions = keepDimensions
        super.init(name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        let spatial = try spatialExtents(of: input, rank: Self.spatialRank)
        return keepDimensions ? Shape(spatial.map { _ in 1 } + [input.last]) : [input.last]
    }

    /// The axes that go away, the batch being axis 0.
    fileprivate var axes: [Int] { Array(1...Self.spatialRank) }
}

/// The maximum over all positions.
open class GlobalMaxPoolingLayer: GlobalPoolingLayer {
    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.max(axes: axes, keepDimensions: keepDimensions)
    }
}

/// The mean over all positions; of masked sequences, over those that count.
open class GlobalAveragePoolingLayer: GlobalPoolingLayer {
    // Of sequences alone, as in Keras: the mask is used up.
    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard Self.spatialRank == 1, let mask = context.masks.first ?? nil else {
            return input.mean(axes: axes, keepDimensions: keepDimensions)
        }
        let weights = mask.casted(to: input.type.scalar).reshaped(Shape(mask.shape.dimensions + [1]))
        let sum = (input * weights).sum(axes: [1], keepDimensions: keepDimensions)
        return sum / weights.sum(axes: [1], keepDimensions: keepDimensions)
    }
}

/// The maximum of each channel of a sequence (steps, channels).
public final class GlobalMaxPooling1D: GlobalMaxPoolingLayer {
    public override class var spatialRank: Int { 1 }
}

/// The maximum of each channel of an image (height, width, channels).
public final class GlobalMaxPooling2D: GlobalMaxPoolingLayer {
    public override class var spatialRank: Int { 2 }
}

/// The maximum of each channel of a volume (depth, height, width, channels).
public final class GlobalMaxPooling3D: GlobalMaxPoolingLayer {
    public override class var spatialRank: Int { 3 }
}

/// The mean of each channel of a sequence (steps, channels).
public final class GlobalAveragePooling1D: GlobalAveragePoolingLayer {
    public override class var spatialRank: Int { 1 }
}

/// The mean of each channel of an image (height, width, channels).
public final class GlobalAveragePooling2D: GlobalAveragePoolingLayer {
    public override class var spatialRank: Int { 2 }
}

/// The mean of each channel of a volume (depth, height, width, channels).
public final class GlobalAveragePooling3D: GlobalAveragePoolingLayer {
    public override class var spatialRank: Int { 3 }
}
