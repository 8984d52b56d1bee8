import Engine
import Memory

/// A layer that changes the extents of the spatial axes of its input, which has the channels last.
public class SpatialLayer: Layer {
    /// The names of the spatial axes.
    var axes: [String] { preconditionFailure("\(kind): names no axes") }

    override public final func outputTypes(of inputs: [ScalarType]) -> [ScalarType] { inputs }

    override public final func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard input.rank == axes.count + 1 else {
            throw error("the input has shape \(input), expected (\((axes + ["channels"]).joined(separator: ", ")))")
        }
        return Shape(try extents(of: Array(input.dimensions.dropLast())) + [input.last])
    }

    /// The new extents of the spatial axes, or why there are none.
    func extents(of input: [Int]) throws(ModelError) -> [Int] { input }

    static let sequence = ["steps"]
    static let image = ["height", "width"]
    static let volume = ["depth", "height", "width"]
}

/// Elements before the first and behind the last of an axis.
public struct Margin: Sendable, Hashable {
    public var before: Int
    public var after: Int

    public init(_ before: Int, _ after: Int) {
        self.before = before
        self.after = after
    }

    /// As many on both sides.
    public init(_ both: Int) { self.init(both, both) }
}
