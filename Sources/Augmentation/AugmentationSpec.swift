package import Memory

/// What a user asks for: random changes in the order in which they are applied.
///
///     let source = try HDF5Source("train.h5").augmented(by: [.flip(.horizontal), .rotate(15), .noise(0.01)])
///
/// In words, as on the command line: `flip=horizontal rotate=15 noise=0.01`.
public struct AugmentationSpec: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// In the order of their application.
    public var operations: [Operation] { stages.map(\.operation) }

    /// The operations with what each needs beside.
    package var stages: [Stage]

    /// One operation and what it needs beside.
    package struct Stage: Sendable, Hashable {
        package var operation: Operation
        package var fill = FillMode.reflect
        package var fillValue = 0.0
        package var interpolation = Interpolation.bilinear
        /// What values can be; nil: what they are known to be where the spec is applied.
        package var valueRange: ClosedRange<Float>?
        /// Whether a geometric change samples by itself, as a Keras layer does, instead of once with its neighbours.
        package var samplesAlone = false
        /// Whether a mixture is one of the targets, too.
        package var mixesTargets = true
        /// Whether rows are (channels, height, width).
        package var channelsFirst = false

        package init(_ operation: Operation) { self.operation = operation }
    }

    /// Changes in the order of their application.
    ///
    /// Geometric changes that follow each other sample the image once, together.
    ///
    /// - Parameters:
    ///   - fill: what lies outside of an image, for all geometric changes.
    ///   - fillValue: of `.constant`.
    ///   - valueRange: what values can be, in batches: the unit of brightness and noise. By default 0 to 255 for columns of
    ///     bytes and 0 to 1 for others, scaled as the column is.
    public init(
        _ operations: [Operation], fill: FillMode = .reflect, fillValue: Double = 0,
        interpolation: Interpolation = .bilinear, valueRange: ClosedRange<Float>? = nil
    ) {
        stages = operations.map { operation in
            var stage = Stage(operation)
            (stage.fill, stage.fillValue) = (fill, fillValue)
            (stage.interpolation, stage.valueRange) = (interpolation, valueRange)
            return stage
        }
    }

    public init(arrayLiteral elements: Operation...) { self.init(elements) }

    package init(stages: [Stage]) { self.stages = stages }

    /// The shape of a row behind all changes.
    package func outputShape(of row: Shape) -> Shape {
        stages.reduce(row) { shape, stage in
            switch stage.operation {
            case .crop(let height, let width), .centerCrop(let height, let width), .place(_, _, let height, let width):
                if stage.channelsFirst { return Shape(shape.dimensions.prefix(1) + [height, width]) }
                return shape.rank < 2 ? shape : Shape([height, width] + shape.dimensions.dropFirst(2))
            default: return shape
            }
        }
    }

    /// The same changes, and then those of another spec.
    package func then(_ next: AugmentationSpec) -> AugmentationSpec { AugmentationSpec(stages: stages + next.stages) }

    /// Whether anything takes several samples of a batch.
    package var mixesSamples: Bool { operations.contains(where: \.mixesSamples) }

    /// Single samples and mixtures in turn, in their order, each with the place of its first operation. What takes rows with
    /// their channels in front is apart from what takes others.
    package var phases: [(first: Int, spec: AugmentationSpec)] {
        var result: [(first: Int, spec: AugmentationSpec)] = []
        for (index, stage) in stages.enumerated() {
            let isMixture = stage.operation.mixesSamples
            if !isMixture, let last = result.last, !last.spec.mixesSamples,
                last.spec.stages[0].channelsFirst == stage.channelsFirst
            {
                result[result.count - 1].spec.stages.append(stage)
            } else {
                result.append((index, AugmentationSpec(stages: [stage])))
            }
        }
        return result
    }
}

extension AugmentationSpec: CustomStringConvertible {
    /// `flip=horizontal shift=0.1`, which reads back as the same where it was made of words; of a model's layers with all
    /// that they need. Two specs of the same text do the same.
    public var description: String {
        guard let first = stages.first, !stages.contains(where: \.samplesAlone),
            stages.allSatisfy({ $0.hasSettings(of: first) })
        else { return stages.map { "\($0.operation)\($0.settings.isEmpty ? "" : "(\($0.settings))")" }.joined(" ") }
        return (stages.map { "\($0.operation)" } + (first.settings.isEmpty ? [] : [first.settings])).joined(" ")
    }
}

extension AugmentationSpec.Stage {
    fileprivate func hasSettings(of other: Self) -> Bool { settings == other.settings }

    fileprivate var settings: String {
        var words: [String] = []
        if fill != .reflect { words.append("fill=\(fill.rawValue)") }
        if fillValue != 0 { words.append("fill-value=\(fillValue)") }
        if interpolation != .bilinear { words.append("interpolation=\(interpolation.rawValue)") }
        if let valueRange { words.append("range=\(valueRange.lowerBound):\(valueRange.upperBound)") }
        if samplesAlone { words.append("alone") }
        if !mixesTargets, operation.mixesSamples { words.append("samples only") }
        if channelsFirst { words.append("channels first") }
        return words.joined(" ")
    }
}

extension [String] {
    fileprivate func joined(_ separator: String) -> String { joined(separator: separator) }
}
