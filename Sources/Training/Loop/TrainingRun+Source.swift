public import DataSource
import Memory
import NeuralNetwork

extension TrainingRun {
    /// Opens data for `nextBatch`: a pass for each epoch of the run, shuffled, read ahead and converted as by `fit`, and
    /// changed by the model's own random layers as there. An epoch that is left early leaves the rest of its pass to the
    /// next one. To be called before `begin`.
    ///
    /// A loop that gives every batch to `train` makes the weights of `fit` with the same settings, byte for byte; where the
    /// optimizer keeps averages, `model.finalizeWeights()` behind the loop puts them in, as `fit` does.
    ///
    /// - Parameters:
    ///   - seed: chooses the order of samples, random changes and the masks of dropout: it becomes the model's.
    ///   - windowBytes: of the shuffle window; nil: the default.
    ///   - sampleWeights: for outputs by their names, the column of their sample weights: one more among the targets.
    ///   - checkpointing: where the run's state is written: with `Interval.updates` after so many calls of `train`, and
    ///     before each `endEpoch`. With `resumes`, `begin` goes on where the newest checkpoint was made: model, optimizer,
    ///     gradients that wait, figures, callbacks, `loopState`, history and the place in the data. What else the loop
    ///     decides by must follow from these.
    /// - Throws: `TrainingError` when the data do not fit the model, or the checkpoints are of another run.
    public func open(
        _ source: any Source, batchSize: Int = 32, shuffle: ShufflePolicy = .window, seed: UInt64 = 0,
        windowBytes: Int? = nil, sampleWeights: [String: String] = [:], checkpointing: Checkpointing? = nil
    ) throws {
        guard batchSize > 0 else {
            throw TrainingError(.usage, "batch size is \(batchSize), expected a positive number")
        }
        let first = epoch
        let source = try model.augmented(source)
        let roles = try model.roles(of: source, sampleWeights)
        let targetTypes = try model.checkSource(source, roles)
        var settings = FitSettings()
        settings.batchSize = batchSize
        settings.shuffle = shuffle
        settings.seed = seed
        settings.windowBytes = windowBytes
        // The step is planned first in any case: it decides how weights lie, and knows the figures of a checkpoint.
        var key = StepKey(mode: .train, rows: min(batchSize, max(1, source.rowCount)))
        key.inputShapes = model.openShapes(of: source)
        key.weightShape = source.sampleWeight?.batchRowShape
        key.outputWeights = source.outputWeights(roles)
        _ = try Session.of(model).plan(key, loss: nil)
        model.seed = seed
        self.sampleWeights = sampleWeights
        settings.sampleWeights = sampleWeights
        let keeper = try checkpointing.map {
            try CheckpointKeeper(
                $0, model,
                [
                    .init(name: "loop", value: "a loop of one's own"),
                    .init(name: "initial epoch", value: "\(first)"),
                    .init(name: "sample weights of outputs", value: settings.sampleWeightsText),
                ])
        }
        let found = try keeper?.newest(epochs: epochs)
        let options = settings.batchOptions(
            first..<max(first + 1, epochs), inputTypes: model.inputs.map(\.type), targetTypes: targetTypes)
        self.source = source
        attach(
            FitFeed(try model.openStream(source, options, found)), stepsPerEpoch: nil,
            batchesPerPass: model.batches(of: source, settings), keeper, found)
    }
}
