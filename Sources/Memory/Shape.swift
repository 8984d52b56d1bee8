/// The extents of an array, outermost first. An empty shape is a scalar.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    public var dimensions: [Int]

    public init(_ dimensions: [Int]) { self.dimensions = dimensions }
    public init(arrayLiteral elements: Int...) { self.dimensions = elements }

    public var rank: Int { dimensions.count }

    /// The product of all extents; 1 for a scalar.
    public var elementCount: Int { dimensions.reduce(1, *) }

    public subscript(axis: Int) -> Int {
        get { dimensions[axis] }
        set { dimensions[axis] = newValue }
    }

    /// The last extent, or 1 for a scalar.
    public var last: Int { dimensions.last ?? 1 }

    /// The shape without its first axis: of one row when the first axis counts rows.
    public var withoutFirst: Shape { Shape(Array(dimensions.dropFirst())) }

    /// This shape behind a new first axis.
    public func prepending(_ extent: Int) -> Shape { Shape([extent] + dimensions) }

    /// `(32, 8, 8)`, as Keras prints shapes.
    public var description: String {
        dimensions.count == 1 ? "(\(dimensions[0]),)" : "(" + dimensions.map(String.init).joined(separator: ", ") + ")"
    }
}
