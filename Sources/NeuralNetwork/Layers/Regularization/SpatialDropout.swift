import Engine
import Memory

/// Dropout of whole channels of an input with the channels last.
public class SpatialDropout: Layer {
    /// Takes effect when the next step is planned.
    public final var rate: Double
    /// Keras's argument. The masks here follow from the model's seed.
    public final let seed: Int?

    /// Axes of an input without the batch.
    var rank: Int { preconditionFailure("\(kind): has no rank") }

    init(rate: Double, seed: Int?, name: String) {
        precondition((0...1).contains(rate), "SpatialDropout: rate \(rate), expected 0…1")
        self.rate = rate
        self.seed = seed
        super.init(name: name)
    }

    override public final var supportsMasking: Bool { true }

    override public final func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard input.rank == rank else {
            throw error("the input has shape \(input), expected \(rank) axes with the channels last")
        }
        return input
    }

    override public final func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard context.isTraining && rate > 0 else { return input }
        if rate == 1 { return input.scaled(by: 0) }
        let noiseShape = [nil] + [Int?](repeating: 1, count: rank - 1) + [nil]
        return input.dropout(rate: Float(rate), stream: context.nextStream(), noiseShape: noiseShape)
    }
}

/// Dropout of whole channels of sequences (steps, channels).
public final class SpatialDropout1D: SpatialDropout {
    override var rank: Int { 2 }

    public init(_ rate: Double, seed: Int? = nil, name: String = "") {
        super.init(rate: rate, seed: seed, name: name)
    }
}

/// Dropout of whole channels of images (height, width, channels).
public final class SpatialDropout2D: SpatialDropout {
    override var rank: Int { 3 }

    public init(_ rate: Double, seed: Int? = nil, name: String = "") {
        super.init(rate: rate, seed: seed, name: name)
    }
}

/// Dropout of whole channels of volumes (depth, height, width, channels).
public final class SpatialDropout3D: SpatialDropout {
    override var rank: Int { 4 }

    public init(_ rate: Double, seed: Int? = nil, name: String = "") {
        super.init(rate: rate, seed: seed, name: name)
    }
}
