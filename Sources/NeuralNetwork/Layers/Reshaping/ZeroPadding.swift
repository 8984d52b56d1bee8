import Engine
import Memory

/// Zeros around the spatial axes.
public class ZeroPadding: SpatialLayer {
    /// One per spatial axis.
    public let padding: [Margin]

    init(padding: [Margin], name: String) {
        self.padding = padding
        super.init(name: name)
    }

    override final func extents(of input: [Int]) throws(ModelError) -> [Int] {
        guard padding.count == axes.count, padding.allSatisfy({ $0.before >= 0 && $0.after >= 0 }) else {
            let numbers = padding.map { "(\($0.before), \($0.after))" }.joined(separator: ", ")
            throw error("padding is \(numbers), expected two numbers of at least 0 for each of \(axes.count) axes")
        }
        return zip(input, padding).map { $0 + $1.before + $1.after }
    }

    override public final func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.padded(before: [0] + padding.map(\.before) + [0], after: [0] + padding.map(\.after) + [0])
    }
}

/// Zeros before and behind a sequence (steps, channels).
public final class ZeroPadding1D: ZeroPadding {
    override var axes: [String] { Self.sequence }

    public init(_ padding: Margin = Margin(1), name: String = "") { super.init(padding: [padding], name: name) }
}

/// Zeros around images (height, width, channels).
public final class ZeroPadding2D: ZeroPadding {
    override var axes: [String] { Self.image }

    /// - Parameter padding: above and below, left and right.
    public init(_ padding: [Margin] = [Margin(1), Margin(1)], name: String = "") {
        super.init(padding: padding, name: name)
    }
}

/// Zeros around volumes (depth, height, width, channels).
public final class ZeroPadding3D: ZeroPadding {
    override var axes: [String] { Self.volume }

    public init(_ padding: [Margin] = [Margin(1), Margin(1), Margin(1)], name: String = "") {
        super.init(padding: padding, name: name)
    }
}
