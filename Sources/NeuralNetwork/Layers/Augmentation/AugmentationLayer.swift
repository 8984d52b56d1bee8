public import Augmentation
import Engine
import Memory

/// Keras's random layers: changes of images that happen while a model is trained, and not otherwise.
///
/// They are no part of the step: `fit` lets the workers that fill batches make the changes, from the distribution that
/// Keras's layer has, and `trainOnBatch` makes them before its step. So these layers stand at a model's inputs, one behind
/// the other, also in a model within the model, and with `Rescaling` by numbers and `CenterCrop` among them.
open class AugmentationLayer: Layer {
    /// What is done while training, each step as Keras does it.
    package let stages: [AugmentationSpec.Stage]
    /// Keras's argument. The numbers here follow from the run's seed.
    public let seed: Int?

    package init(_ stages: [AugmentationSpec.Stage], seed: Int?, name: String) {
        self.stages = stages.map { stage in
            var stage = stage
            (stage.samplesAlone, stage.mixesTargets) = (true, false)
            return stage
        }
        self.seed = seed
        super.init(name: name)
    }

    override open func outputShape(of input: Shape) throws(ModelError) -> Shape {
        let spec = AugmentationSpec(stages: stages.filter { !$0.operation.mixesSamples })
        guard input.rank == 3 else {
            throw error("the input has shape \(input), expected (height, width, channels)")
        }
        do throws(AugmentationError) {
            return try Augmenter(spec, rowShape: input, type: .float32, seed: 0).outputShape
        } catch {
            throw self.error(error.description)
        }
    }

    // The workers have been here before: what they cut out lies in the middle.
    override open func call(_ input: Tensor, _ context: LayerContext) -> Tensor { input }
}

/// What several layers are told.
public struct ResamplingOptions: Sendable, Hashable {
    /// What lies outside of an image.
    public var fillMode: AugmentationSpec.FillMode
    public var interpolation: AugmentationSpec.Interpolation
    /// Of `.constant`.
    public var fillValue: Double

    public init(
        fillMode: AugmentationSpec.FillMode = .reflect, interpolation: AugmentationSpec.Interpolation = .bilinear,
        fillValue: Double = 0
    ) {
        self.fillMode = fillMode
        self.interpolation = interpolation
        self.fillValue = fillValue
    }

    func stage(_ operation: AugmentationSpec.Operation) -> AugmentationSpec.Stage {
        var stage = AugmentationSpec.Stage(operation)
        (stage.fill, stage.fillValue, stage.interpolation) = (fillMode, fillValue, interpolation)
        return stage
    }
}

extension AugmentationSpec.Stage {
    /// A change of values of a known range.
    init(_ operation: AugmentationSpec.Operation, _ range: ClosedRange<Double>) {
        self.init(operation)
        valueRange = Float(range.lowerBound)...Float(range.upperBound)
        // Keras pads with zeros where it looks beyond an image.
        fill = .constant
    }
}
