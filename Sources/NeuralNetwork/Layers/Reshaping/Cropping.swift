import Engine
import Memory

/// The spatial axes without what lies at their ends.
public class Cropping: SpatialLayer {
    /// One per spatial axis.
    public let cropping: [Margin]

    init(cropping: [Margin], name: String) {
        self.cropping = cropping
        super.init(name: name)
    }

    private var numbers: String { cropping.map { "(\($0.before), \($0.after))" }.joined(separator: ", ") }

    override final func extents(of input: [Int]) throws(ModelError) -> [Int] {
        guard cropping.count == axes.count, cropping.allSatisfy({ $0.before >= 0 && $0.after >= 0 }) else {
            throw error("cropping is \(numbers), expected two numbers of at least 0 for each of \(axes.count) axes")
        }
        let result = zip(input, cropping).map { $0 - $1.before - $1.after }
        guard result.allSatisfy({ $0 > 0 }) else {
            throw error("cropping \(numbers) leaves nothing of extents \(Shape(input)); crop less")
        }
        return result
    }

    override public final func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        var shape = input.shape
        for (axis, margin) in cropping.enumerated() { shape[axis + 1] -= margin.before + margin.after }
        return input.sliced(begin: [0] + cropping.map(\.before) + [0], shape: shape)
    }
}

/// A sequence (steps, channels) without its first and last steps.
public final class Cropping1D: Cropping {
    override var axes: [String] { Self.sequence }

    public init(_ cropping: Margin = Margin(1), name: String = "") { super.init(cropping: [cropping], name: name) }
}

/// Images (height, width, channels) without their borders.
public final class Cropping2D: Cropping {
    override var axes: [String] { Self.image }

    /// - Parameter cropping: above and below, left and right.
    public init(_ cropping: [Margin] = [Margin(0), Margin(0)], name: String = "") {
        super.init(cropping: cropping, name: name)
    }
}

/// Volumes (depth, height, width, channels) without their borders.
public final class Cropping3D: Cropping {
    override var axes: [String] { Self.volume }

    public init(_ cropping: [Margin] = [Margin(1), Margin(1), Margin(1)], name: String = "") {
        super.init(cropping: cropping, name: name)
    }
}
