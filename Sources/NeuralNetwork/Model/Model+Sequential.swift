import Memory

/// Collects the layers of a `Sequential` block.
@resultBuilder
public enum LayerBuilder {
    public static func buildExpression(_ layer: Layer) -> [Layer] { [layer] }
    public static func buildBlock(_ parts: [Layer]...) -> [Layer] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [Layer]?) -> [Layer] { part ?? [] }
    public static func buildEither(first: [Layer]) -> [Layer] { first }
    public static func buildEither(second: [Layer]) -> [Layer] { second }
    public static func buildArray(_ parts: [[Layer]]) -> [Layer] { parts.flatMap { $0 } }
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
///   - type: of the input: `float32`, or `int32` for indices.
///   - batchSize: the number of rows of every batch, for layers that keep a state from batch to batch.
public func Sequential(
    input: Shape, name: String = "", seed: UInt64 = 0, type: ScalarType = .float32, batchSize: Int? = nil,
    @LayerBuilder layers: () -> [Layer]
) throws(ModelError) -> Model {
    let origin = LayerOutput(ModelInput(name: "", shape: input, type: type, batchSize: batchSize))
    return try Sequential(origin, name: name, seed: seed, layers: layers)
}

/// A model of layers one behind the other, behind an input of its own.
///
///     let model = try Sequential(Input(nil, 16)) {
///         LSTM(32)
///         Dense(1)
///     }
///
/// - Parameters:
///   - input: what `Input` gives: with nil for extents that differ from batch to batch.
///   - seed: chooses the first weights.
public func Sequential(
    _ input: LayerOutput, name: String = "", seed: UInt64 = 0, @LayerBuilder layers: () -> [Layer]
) throws(ModelError) -> Model {
    var output = input
    for layer in layers() { output = try layer(output) }
    return try Model(
        form: .sequential, inputs: [input], outputs: [output], name: name, weights: .drawn(seed: seed))
}
