import ArgumentParser
import Augmentation
import DataSource

/// `--augment`: what is done to rows at random while a model is trained on them.
struct AugmentationOptions: ParsableArguments {
    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Change every row by chance while training, in this order, e.g. flip=horizontal shift=0.1 rotate=15 "
                + "zoom=0.1 crop=28x28 contrast=0.2 noise=0.01 erase=0.2 mixup=0.2; fill=MODE and range=LOW:HIGH say "
                + "what lies outside of images, and what values can be.", valueName: "spec"))
    var augment: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("The input that --augment changes (default: the only one that can be).", valueName: "name"))
    var augmentInput: String?

    func validate() throws {
        if augment.isEmpty, augmentInput != nil {
            throw ValidationError("--augment-input says something of --augment only")
        }
        _ = try spec()
    }

    private func spec() throws -> AugmentationSpec {
        do throws(AugmentationError) {
            return try AugmentationSpec(parsing: augment)
        } catch { throw ValidationError("--augment: \(error)") }
    }

    /// The source with its rows changed.
    func apply(to source: any Source) throws -> any Source {
        guard !augment.isEmpty else { return source }
        let spec = try spec()
        do throws(DataError) {
            return try source.augmented(by: spec, column: augmentInput)
        } catch { throw CommandFailure(.usage, "--augment: \(error.description)") }
    }
}
