import ArgumentParser
import Training

/// How `train` goes through its data, beyond epochs and batches.
struct LoopOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Epochs that were done before.", valueName: "n"))
    var initialEpoch = 0

    @Option(name: .long, help: ArgumentHelp("Validate after every so many epochs.", valueName: "n"))
    var validationFreq = 1

    @Option(name: .long, help: ArgumentHelp("Batches of a validation, the first ones (default: all).", valueName: "n"))
    var validationSteps: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Samples of a batch of validation (default: --batch-size; where the memory cap divides batches, their parts).",
            valueName: "n"))
    var validationBatchSize: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Parts in which a batch is computed, for less memory; the update is that of the whole batch.",
            valueName: "n"))
    var accumulate: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Statistics of batch normalization where a batch is computed in parts: micro (each part's own) or whole (those "
                + "of the batch, as if it were computed at once, in two more passes over it for each layer).",
            valueName: "which"))
    var batchStatistics = BatchNormalizationStatistics.microBatch

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Compute activations again for the gradients, for less memory and the same result: never, auto (when the "
                + "memory cap does not hold single rows) or always.", valueName: "when"))
    var recompute = Recomputation.auto

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Weights of classes in the loss, e.g. 0=1,1=5; others count 1.", valueName: "class=weight,…"),
        transform: ClassWeightOption.init)
    var classWeight: ClassWeightOption?

    func validate() throws {
        for (name, value) in [
            ("--validation-freq", validationFreq), ("--validation-steps", validationSteps ?? 1),
            ("--validation-batch-size", validationBatchSize ?? 1), ("--accumulate", accumulate ?? 1),
        ] where value <= 0 {
            throw ValidationError("\(name) is \(value), expected a positive number")
        }
        guard initialEpoch >= 0 else {
            throw ValidationError("--initial-epoch is \(initialEpoch), expected a number of at least 0")
        }
    }

    /// Refuses options that could have no effect.
    func check(epochs: Int, batchSize: Int, hasValidation: Bool) throws {
        guard initialEpoch < epochs else {
            throw ValidationError(
                "--initial-epoch \(initialEpoch) of --epochs \(epochs): nothing is left to do; --epochs is the last one's "
                    + "number")
        }
        if let accumulate, accumulate > batchSize {
            throw ValidationError("--accumulate \(accumulate): a batch of \(batchSize) samples has no more parts")
        }
        if !hasValidation, validationFreq != 1 || validationSteps != nil || validationBatchSize != nil {
            throw ValidationError(
                "--validation-freq, --validation-steps and --validation-batch-size need --validation or "
                    + "--validation-split")
        }
    }

    func apply(to settings: inout FitSettings) {
        settings.initialEpoch = initialEpoch
        settings.validationFrequency = .every(validationFreq)
        settings.validationSteps = validationSteps
        settings.validationBatchSize = validationBatchSize
        settings.accumulate = accumulate
        settings.batchNormalizationStatistics = batchStatistics
        settings.recomputation = recompute
        settings.classWeights = classWeight?.weights
    }
}

/// `0=1,1=5`.
struct ClassWeightOption {
    let weights: [Int: Float]

    init(_ text: String) throws {
        var weights: [Int: Float] = [:]
        for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = pair.split(separator: "=", omittingEmptySubsequences: false)
            guard halves.count == 2, let number = Int(halves[0]), number >= 0, let weight = Float(halves[1]),
                weight.isFinite, weight >= 0
            else {
                throw ValidationError("\"\(pair)\": expected class=weight with commas between, for example 0=1,1=5")
            }
            guard weights.updateValue(weight, forKey: number) == nil else {
                throw ValidationError("class \(number) has two weights")
            }
        }
        self.weights = weights
    }
}
