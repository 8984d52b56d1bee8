import Memory

/// Collects the layers of a `Sequential` block.
@resultBuilder
public enum LayerBuilder {
    public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
    public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
    public static func buildEither(first: [any Layer]) -> [any Layer] { first }
    public static func buildEither(second: [any Layer]) -> [any Layer] { second }
    public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
}

/// A model of layers one behind the other.
///
///     let model = try Sequential(input: [28, 28, 1]) {
///         Conv2D(32, kernel: 3, activation: .relu)
///         MaxPooling2D()
///         Flatten()
///         Dense(10, activation: .softmax)
///     }
///
/// - Parameters:
///   - input: the shape of one sample.
///   - seed: chooses the first weights.
public func Sequential(
    input: Shape, name: String = "sequential", seed: UInt64 = 0, @LayerBuilder layers: () -> [any Layer]
) throws(ModelError) -> Model {
    let origin = LayerOutput(shape: input, origin: .input(ModelInput(name: "", shape: input)))
    var output = origin
    for layer in layers() { output = try layer(output) }
    return try Model(
        form: .sequential, inputs: [origin], outputs: [output], name: name, weights: .drawn(seed: seed))
}
