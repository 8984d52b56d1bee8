package import Memory

/// Changes samples of one column at random, each by the numbers that belong to it.
///
/// Geometric changes that follow each other are one sampling of the source. Bytes are computed as floats and rounded once.
/// A sample that is only mirrored and cropped keeps its values exactly. Any number of threads may use one augmenter, each
/// with its own scratch memory.
package struct Augmenter: Sendable {
    package let spec: AugmentationSpec
    let seed: UInt64

    /// Tells the random numbers apart of several augmenters of one sample.
    let firstStream: Int

    /// The type of the values: `uint8` or `float32`.
    package let type: ScalarType

    /// The extents of a row before and after.
    package let inputShape: Shape
    package let outputShape: Shape

    /// What values can be where the spec does not say it: the unit of brightness and noise, and where values are clipped.
    package let valueRange: ClosedRange<Float>

    // Images by their pixels; series have one pixel a step.
    let height: Int
    let width: Int
    let channels: Int
    /// Whether rows are (channels, height, width), and turned for what is done to them.
    let turns: Bool

    /// Bytes of a row before and after.
    package var inputBytes: Int { inputShape.elementCount * type.byteCount }
    package var outputBytes: Int { outputShape.elementCount * type.byteCount }

    /// Prepares changes of rows of a shape: (height, width) or (height, width, channels) for images, (steps) or
    /// (steps, features) for series; (channels, height, width) for images where the spec's stages say so.
    ///
    /// `valueRange` is 0...255 for bytes and 0...1 for floats unless it is given.
    /// Throws when an operation cannot be applied to such rows, has parameters that cannot be, or takes more than one
    /// sample.
    package init(
        _ spec: AugmentationSpec, rowShape: Shape, type: ScalarType, valueRange: ClosedRange<Float>? = nil,
        seed: UInt64,
        firstStream: Int = 1
    ) throws(AugmentationError) {
        guard type == .uint8 || type == .float32 else {
            throw AugmentationError(
                "augmentation takes uint8 or float32, found \(type.rawValue); convert the column first")
        }
        if let mixing = spec.operations.first(where: \.mixesSamples) {
            throw AugmentationError(
                "\(mixing.name) mixes two samples of a training batch: it applies while training, not to rows by themselves"
            )
        }
        let channelsFirst = spec.stages.first?.channelsFirst ?? false
        precondition(
            spec.stages.allSatisfy { $0.channelsFirst == channelsFirst }, "Augmenter: stages of both orders of channels"
        )
        if channelsFirst, rowShape.rank != 3 {
            throw AugmentationError(
                "\(spec) needs images (channels, height, width), found rows of shape \(rowShape)")
        }
        let view = try RowView(
            channelsFirst ? Shape(rowShape.dimensions.dropFirst() + [rowShape[0]]) : rowShape, for: spec)
        turns = channelsFirst && view.channels > 1
        (height, width, channels) = (view.height, view.width, view.channels)
        self.spec = spec
        self.seed = seed
        self.type = type
        self.firstStream = firstStream
        self.valueRange = valueRange ?? (type == .uint8 ? 0...255 : 0...1)
        inputShape = rowShape
        outputShape = spec.outputShape(of: rowShape)
        policies = spec.stages.map { stage in
            switch stage.operation {
            case .randAugment(_, let factor): RandomPolicy(factor: factor, stage)
            case .augMix(_, _, let factor, _, let isWhole): RandomPolicy(factor: factor, stage, isWhole: isWhole)
            default: nil
            }
        }
        layout = ScratchLayout(view, spec)
    }

    /// Scratch memory of one thread.
    package var scratchBytes: Int { layout.total + (turns ? turnedBytes(inputBytes) + turnedBytes(outputBytes) : 0) }

    /// What a turned row takes, in whole cache lines.
    func turnedBytes(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }

    /// What stages choose among; nil for those that do not choose.
    let policies: [RandomPolicy?]

    let layout: ScratchLayout
}
