import ArgumentParser
import DataSource
import Memory

/// The options of `train` that bear on what is measured. `Tune` hands them on to `Train`, which checks and applies
/// them; here they are declared, for parsing and for the help.
struct TunedRunOptions: ParsableArguments {
    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp("Data that will be evaluated after each epoch: they need memory, too.", valueName: "path"))
    var validation: [String] = []

    @Option(name: .long, help: ArgumentHelp("The share of last rows to evaluate on instead.", valueName: "f"))
    var validationSplit: Double?

    @Option(name: .long, help: ArgumentHelp("Passes over the data, for the file.", valueName: "n"))
    var epochs: Int?

    @Option(name: .long, help: ArgumentHelp("Updates of an epoch, for the file.", valueName: "n"))
    var stepsPerEpoch: Int?

    @OptionGroup var loop: LoopOptions

    @OptionGroup var augmentation: AugmentationOptions

    @Option(name: .long, help: ArgumentHelp("As train takes it.", valueName: "name"))
    var optimizer: String?

    @Option(name: .long, help: ArgumentHelp("The optimizer's step size.", valueName: "f"))
    var learningRate: Float?

    @Option(name: .customLong("lr-schedule"), help: ArgumentHelp("As train takes it.", valueName: "spec"))
    var learningRateSchedule: String?

    @Option(name: .long, help: ArgumentHelp("The loss by Keras's name.", valueName: "name"))
    var loss: String?

    @Option(name: .long, help: ArgumentHelp("Metrics by Keras's names, with commas between.", valueName: "a,b"))
    var metrics: String?

    @Option(name: .long, help: ArgumentHelp("Layers whose names match train no weights.", valueName: "pattern"))
    var freeze: [String] = []

    @Option(name: .long, help: ArgumentHelp("none, block, window or exact.", valueName: "policy"))
    var shuffle = ShufflePolicy.window

    @Option(
        name: .long, help: ArgumentHelp("Bytes of the shuffle window, instead of a recommended one.", valueName: "size")
    )
    var window: ByteCount?

    @Option(name: .long, help: ArgumentHelp("Order of samples and dropout.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(name: .long, help: ArgumentHelp("Threads that decode, instead of a recommended number.", valueName: "n"))
    var decodeWorkers: Int?

    @Option(
        name: .long, help: ArgumentHelp("Bytes of batches ahead, instead of a recommended size.", valueName: "size"))
    var prefetch: ByteCount?

    @Option(name: .long, help: ArgumentHelp("When stored data do not decode: fail or skip.", valueName: "policy"))
    var onBadBlock = BadBlockPolicy.fail
}
