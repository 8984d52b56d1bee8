/// The changes among which Keras's RandAugment and AugMix choose: eleven, all of one strength.
///
/// Keras chooses the changes once for a batch and their parameters for each image; here both belong to the image. An
/// image by itself is drawn from the same distribution.
struct RandomPolicy: Sendable {
    let choices: [AugmentationSpec.Stage]

    /// - Parameters:
    ///   - stage: has the value range and the interpolation.
    ///   - isWhole: whether brightness, colour, contrast and sharpness are among the changes, too.
    init(factor: ClosedRange<Double>, _ stage: AugmentationSpec.Stage, isWhole: Bool = true) {
        let opposite = 1 - factor.lowerBound...1 + factor.upperBound
        var operations: [AugmentationSpec.Operation] = [
            .shear(x: factor, y: factor, isCentered: false), .shift(vertical: factor, horizontal: factor),
            .rotate(degrees: factor.lowerBound * 360...factor.upperBound * 360),
        ]
        if isWhole {
            operations += [
                .brightness(delta: factor), .degenerate(factor: factor), .contrast(factor: opposite),
                .sharpness(factor: factor),
            ]
        }
        operations += [
            .posterize(bits: 1...max(1, Int(8 * factor.upperBound))), .solarize(addition: factor, threshold: factor),
            .autoContrast, .equalize(bins: 256),
        ]
        choices = operations.map { operation in
            var choice = stage
            choice.operation = operation
            choice.samplesAlone = true
            return choice
        }
    }
}
