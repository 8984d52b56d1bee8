import Engine
import Memory

/// Numbers that stand in a layer's configuration: one, or an array of them.
public struct NumberArray: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// Empty for a single number.
    public let shape: Shape
    /// Row-major.
    public let values: [Double]

    /// An array of the given extents: by default of one axis.
    public init(_ values: [Double], shape: Shape? = nil) {
        let shape = shape ?? [values.count]
        precondition(values.count == shape.elementCount, "NumberArray: \(values.count) values of shape \(shape)")
        self.shape = shape
        self.values = values
    }

    /// A single number.
    public init(_ value: Double) { self.init([value], shape: []) }

    public init(arrayLiteral elements: Double...) { self.init(elements) }

    /// The only number; nil for arrays.
    public var scalar: Double? { shape.rank == 0 ? values[0] : nil }

    /// The numbers in a graph.
    func tensor(in graph: Graph) -> Tensor { graph.constant(values.map { Float($0) }, shape: shape) }
}
