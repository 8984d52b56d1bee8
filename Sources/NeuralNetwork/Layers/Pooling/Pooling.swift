import Engine
import Memory

/// One number for each window of images (spatial…, channels) and each channel.
open class PoolingLayer: Layer {
    public let poolSize: [Int]
    public let strides: [Int]
    public let padding: Padding

    /// The spatial axes of a sample.
    open class var spatialRank: Int { preconditionFailure("PoolingLayer: \(kind) does not say its spatial axes") }

    /// Windows with an extent for each spatial axis; strides are those extents when absent.
    public required init(poolSize: [Int], strides: [Int]? = nil, padding: Padding = .valid, name: String = "") {
        self.poolSize = poolSize
        self.strides = strides ?? poolSize
        self.padding = padding
        super.init(name: name)
        precondition(
            poolSize.count == Self.spatialRank && self.strides.count == Self.spatialRank && padding != .causal
                && (poolSize + self.strides).allSatisfy { $0 > 0 },
            "\(kind): pool size \(poolSize), strides \(self.strides), padding \(padding)")
    }

    /// Windows of equal extents, 2 unless one is given.
    public convenience init(_ size: Int = 2, strides: Int? = nil, padding: Padding = .valid, name: String = "") {
        let rank = Self.spatialRank
        self.init(
            poolSize: Array(repeating: size, count: rank), strides: strides.map { Array(repeating: $0, count: rank) },
            padding: padding, name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        let extents = try spatialExtents(of: input, rank: Self.spatialRank)
        return Shape(padding.outputExtents(of: extents, kernel: poolSize, strides: strides) + [input.last])
    }
}

/// The maximum of each window.
open class MaxPoolingLayer: PoolingLayer {
    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.maxPooling(poolSize, strides: strides, padding: padding)
    }
}

/// The mean of each window; what lies over the border is not counted.
open class AveragePoolingLayer: PoolingLayer {
    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.averagePooling(poolSize, strides: strides, padding: padding)
    }
}

/// Maximum pooling over sequences (steps, channels).
public final class MaxPooling1D: MaxPoolingLayer {
    public override class var spatialRank: Int { 1 }
}

/// Maximum pooling over images (height, width, channels).
public final class MaxPooling2D: MaxPoolingLayer {
    public override class var spatialRank: Int { 2 }
}

/// Maximum pooling over volumes (depth, height, width, channels).
public final class MaxPooling3D: MaxPoolingLayer {
    public override class var spatialRank: Int { 3 }
}

/// Average pooling over sequences (steps, channels).
public final class AveragePooling1D: AveragePoolingLayer {
    public override class var spatialRank: Int { 1 }
}

/// Average pooling over images (height, width, channels).
public final class AveragePooling2D: AveragePoolingLayer {
    public override class var spatialRank: Int { 2 }
}

/// Average pooling over volumes (depth, height, width, channels).
public final class AveragePooling3D: AveragePoolingLayer {
    public override class var spatialRank: Int { 3 }
}
