import Memory

/// The output of a layer, or an input, of a model under construction. The shape is of one sample.
public struct LayerOutput {
    package enum Origin {
        case input(ModelInput)
        /// A call, and which of its outputs.
        case call(LayerCall, Int)
    }

    package let origin: Origin

    package init(_ input: ModelInput) { origin = .input(input) }

    init(call: LayerCall, index: Int) { origin = .call(call, index) }

    /// Without the batch axis.
    public var shape: Shape {
        switch origin {
        case .input(let input): input.shape
        case .call(let call, let index): call.outputShapes[index]
        }
    }

    /// The number of rows of every batch, if it is fixed.
    package var batchSize: Int? {
        switch origin {
        case .input(let input): input.batchSize
        case .call(let call, _): call.batchSize
        }
    }

    /// `int32` for indices; of floating-point numbers always `float32`, whatever a layer computes in.
    public var type: ScalarType {
        switch origin {
        case .input(let input): input.type
        case .call(let call, let index): call.outputTypes[index]
        }
    }
}

/// An input of a model.
public final class ModelInput {
    public internal(set) var name: String
    /// The shape of one sample; open axes have an extent here that stands in for all others.
    public let shape: Shape
    /// The axes of a sample whose extent may differ from batch to batch: `None` in Keras.
    public let openAxes: Set<Int>
    /// The type that the model declares, as Keras's `dtype` of an input: `bfloat16` and `float16` round what comes in,
    /// `bool` is whether it is not 0.
    public let declaredType: ScalarType
    /// What batches are read as: `float32` for types of floating-point numbers, `int32` for all others.
    public var type: ScalarType { declaredType.isFloatingPoint ? .float32 : .int32 }
    /// The number of rows of every batch, if it is fixed.
    public let batchSize: Int?

    package init(
        name: String, shape: Shape, type: ScalarType = .float32, batchSize: Int? = nil, openAxes: Set<Int> = []
    ) {
        precondition(openAxes.allSatisfy { $0 < shape.rank }, "Input: open axes \(openAxes) of \(shape)")
        self.name = name
        self.shape = shape
        declaredType = type
        self.batchSize = batchSize
        self.openAxes = openAxes
    }

    /// The extent that stands in for an open one until data say another.
    package static let standIn = 64

    /// The extents of one sample, nil for open ones.
    public var extents: [Int?] { shape.dimensions.indices.map { openAxes.contains($0) ? nil : shape[$0] } }
}

/// An input of a model under construction: samples of the given extents.
///
/// - Parameters:
///   - type: `float32`, or `int32` for indices. Other types are read as one of these, see `ModelInput.declaredType`.
///   - batchSize: the number of rows of every batch, for layers that keep a state from batch to batch.
public func Input(
    _ extents: Int..., name: String = "", type: ScalarType = .float32, batchSize: Int? = nil
) -> LayerOutput {
    LayerOutput(ModelInput(name: name, shape: Shape(extents), type: type, batchSize: batchSize))
}

/// An input of a model under construction whose samples have other extents from batch to batch, where one is nil:
/// `Input(nil, 16)` takes sequences of any length.
///
/// - Parameters:
///   - type: `float32`, or `int32` for indices. Other types are read as one of these, see `ModelInput.declaredType`.
///   - batchSize: the number of rows of every batch, for layers that keep a state from batch to batch.
public func Input(
    _ extents: Int?..., name: String = "", type: ScalarType = .float32, batchSize: Int? = nil
) -> LayerOutput {
    LayerOutput(
        ModelInput(
            name: name, shape: Shape(extents.map { $0 ?? ModelInput.standIn }), type: type, batchSize: batchSize,
            openAxes: Set(extents.indices.filter { extents[$0] == nil })))
}
