import Engine
import Memory

/// Each element of the spatial axes several times.
public class UpSampling: SpatialLayer {
    /// How often, one number per spatial axis.
    public let size: [Int]

    init(size: [Int], name: String) {
        self.size = size
        super.init(name: name)
    }

    override final func extents(of input: [Int]) throws(ModelError) -> [Int] {
        guard size.count == axes.count, size.allSatisfy({ $0 > 0 }) else {
            throw error("size is \(size), expected \(axes.count) positive numbers")
        }
        return zip(input, size).map { $0 * $1 }
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.repeated([1] + size + [1])
    }
}

/// Each step of a sequence (steps, channels) several times.
public final class UpSampling1D: UpSampling {
    override var axes: [String] { Self.sequence }

    public init(_ size: Int = 2, name: String = "") { super.init(size: [size], name: name) }
}

/// Each element of volumes (depth, height, width, channels) several times.
public final class UpSampling3D: UpSampling {
    override var axes: [String] { Self.volume }

    public init(_ size: [Int] = [2, 2, 2], name: String = "") { super.init(size: size, name: name) }
}

extension Tensor {
    /// Each element several times along every axis: `[1, 2]` makes `a b` of a row into `a a b b`.
    func repeated(_ counts: [Int]) -> Tensor {
        // An axis of extent 1 behind each one, repeated by broadcasting.
        var (split, spread, joined): ([Int], [Int], [Int]) = ([], [], [])
        for (extent, count) in zip(shape.dimensions, counts) {
            joined.append(extent * count)
            split += count == 1 ? [extent] : [extent, 1]
            spread += count == 1 ? [extent] : [extent, count]
        }
        return reshaped(Shape(split)).broadcast(to: Shape(spread)).reshaped(Shape(joined))
    }

    /// The whole several times along every axis: `[1, 2]` makes `a b` of a row into `a b a b`.
    func tiled(_ counts: [Int]) -> Tensor {
        // An axis of extent 1 in front of each one, repeated by broadcasting.
        var (split, spread, joined): ([Int], [Int], [Int]) = ([], [], [])
        for (extent, count) in zip(shape.dimensions, counts) {
            joined.append(extent * count)
            split += count == 1 ? [extent] : [1, extent]
            spread += count == 1 ? [extent] : [count, extent]
        }
        return reshaped(Shape(split)).broadcast(to: Shape(spread)).reshaped(Shape(joined))
    }
}
