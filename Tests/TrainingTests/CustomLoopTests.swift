import DataSource
import Foundation
import Memory
import NeuralNetwork
import Testing
import Training

/// Loops of one's own over data that a run has opened: the bytes of `fit`, and checkpoints.
@Suite struct CustomLoopTests {
    private static func loop(
        _ settings: FitSettings, _ source: any Source, _ validation: (any Source)?
    ) -> (Model, [any Callback], Checkpointing?) throws -> History {
        return { model, callbacks, checkpointing in
            let run = TrainingRun(model, epochs: settings.epochs, callbacks: callbacks)
            try run.open(
                source, batchSize: settings.batchSize, shuffle: settings.shuffle, seed: settings.seed,
                windowBytes: settings.windowBytes, checkpointing: checkpointing)
            try run.begin()
            while try run.beginEpoch() {
                while let batch = try run.nextBatch() { try run.train(batch) }
                if let validation {
                    try run.endEpoch(validation: model.evaluate(validation, batchSize: settings.batchSize))
                } else {
                    try run.endEpoch()
                }
            }
            try run.end()
            return run.history
        }
    }

    @Test(arguments: ShufflePolicy.allCases) func `a loop is fit, byte for byte`(_ shuffle: ShufflePolicy) throws {
        var settings = ResumeCase.settings
        settings.shuffle = shuffle
        var test = try ResumeCase(.adam(learningRate: 0.01), settings)
        let fitted = try test.run(nil)
        test.loop = Self.loop(settings, test.source, test.validation)
        #expect(try test.run(nil) == fitted)
    }

    @Test func `a loop goes on from every checkpoint`() throws {
        let settings = ResumeCase.settings
        var test = try ResumeCase(.adam(learningRate: 0.01), settings)
        test.loop = Self.loop(settings, test.source, test.validation)
        try test.check()
    }

    @Test func `a loop that accumulates, changes its rate and leaves batches out goes on, too`() throws {
        let settings = ResumeCase.settings
        var test = try ResumeCase(.sgd(learningRate: 0.1, momentum: 0.9), settings)
        let source = test.source
        test.loop = { model, callbacks, checkpointing in
            let run = TrainingRun(model, epochs: 3, callbacks: callbacks)
            try run.open(source, batchSize: 8, seed: 7, windowBytes: 600, checkpointing: checkpointing)
            try run.begin()
            while try run.beginEpoch() {
                while let batch = try run.nextBatch() {
                    // Every fifth is left out; what the loop counts is set before `train` may write it down.
                    let seen = (run.loopState.numbers["seen"] ?? 0) + 1
                    run.loopState.numbers["seen"] = seen
                    if Int(seen) % 5 == 0 { continue }
                    if Int(seen) % 4 == 0 { model.learningRate! *= 0.8 }
                    try run.train(batch, accumulate: Int(seen) % 3 != 0)
                }
                try run.endEpoch()
            }
            try model.applyAccumulated()
            try run.end()
            return run.history
        }
        try test.check()
    }

    @Test func `an interrupted loop ends at once and goes on`() throws {
        let settings = ResumeCase.settings
        var test = try ResumeCase(.adam(), settings)
        let loop = Self.loop(settings, test.source, test.validation)
        test.loop = loop
        let whole = try test.run(nil)
        for count in [1, 7, 8, 20] {
            let scratch = try CheckpointScratch()
            var batches = 0
            test.loop = { model, callbacks, checkpointing in
                try loop(
                    model,
                    callbacks + [
                        LambdaCallback(batchDidEnd: { _, run in
                            batches += 1
                            if batches == count { run.interrupt() }
                        })
                    ], checkpointing)
            }
            _ = try test.run(Checkpointing(scratch.path))
            #expect(batches == count)
            test.loop = loop
            let rest = try test.run(scratch.resuming())
            #expect(rest.weights == whole.weights && rest.history == whole.history, "after \(count)")
        }
    }

    @Test func `checkpoints of a loop are not fit's`() throws {
        let settings = ResumeCase.settings
        var test = try ResumeCase(.adam(), settings)
        test.loop = Self.loop(settings, test.source, test.validation)
        let scratch = try CheckpointScratch()
        _ = try test.run(Checkpointing(scratch.path))
        test.loop = nil
        let error = #expect(throws: TrainingError.self) { try test.run(scratch.resuming()) }
        #expect(error!.description.contains("loop: expected a loop of one's own, found nothing"))
    }

    @Test func `without data there is no next batch`() throws {
        let model = try ResumeCase(.adam(), ResumeCase.settings).make()
        let run = TrainingRun(model, epochs: 1)
        try run.begin()
        #expect(try run.beginEpoch())
        let error = #expect(throws: TrainingError.self) { if try run.nextBatch() != nil {} }
        #expect(error!.description.contains("open"))
    }

    // MARK: Random layers

    private static func images() -> ArraySource {
        let pixels = (0..<24 * 216).map { place -> Float in
            let value = place * 37 + place / 216 * 11
            return Float(value % 256)
        }
        return ArraySource(
            inputs: [ArrayColumn("x", pixels, rowShape: [8, 9, 3])],
            targets: [ArrayColumn("y", (0..<24).map { Int64($0 % 4) })], rowsPerBlock: 5)
    }

    private static func augmenting() throws -> Model {
        let input = Input(8, 9, 3)
        let x = try RandomRotation(-0.2...0.2)(RandomFlip()(Rescaling(1 / 255)(input)))
        let model = try Model(inputs: [input], outputs: [Dense(4)(Dropout(0.3)(Flatten()(MixUp()(x))))], seed: 3)
        try model.compile(optimizer: .adam(), loss: .sparseCategoricalCrossentropy(fromLogits: true))
        return model
    }

    private static func weights(_ model: Model) -> [UInt32] { model.weights.flatMap { $0.values.map(\.bitPattern) } }

    @Test func `random layers change what fit, a run and a stream give alike`() throws {
        let fitted = try Self.augmenting()
        try fitted.fit(Self.images(), epochs: 2, batchSize: 7, seed: 5, callbacks: [])

        let driven = try Self.augmenting()
        let run = TrainingRun(driven, epochs: 2)
        try run.open(Self.images(), batchSize: 7, seed: 5)
        try run.begin()
        while try run.beginEpoch() {
            while let batch = try run.nextBatch() { try run.train(batch) }
            try run.endEpoch()
        }
        #expect(Self.weights(driven) == Self.weights(fitted))

        let plain = try Self.augmenting()
        plain.seed = 5
        var options = BatchOptions()
        (options.batchSize, options.seed, options.epochs) = (7, 5, 0..<2)
        let stream = try BatchStream(try plain.augmented(Self.images()), options: options)
        while let batch = try stream.next() { try plain.trainOnBatch(batch) }
        #expect(Self.weights(plain) == Self.weights(fitted))

        // Of a source that the model was not shown, batches are changed by the numbers of updates.
        let other = try Self.augmenting()
        other.seed = 5
        let unchanged = try BatchStream(Self.images(), options: options)
        while let batch = try unchanged.next() { try other.trainOnBatch(batch) }
        #expect(Self.weights(other) != Self.weights(fitted))
    }

    @Test func `a source is changed once, however often it is asked for`() throws {
        let fitted = try Self.augmenting()
        try fitted.fit(Self.images(), epochs: 1, batchSize: 7, seed: 5, callbacks: [])
        let twice = try Self.augmenting()
        let source = try twice.augmented(twice.augmented(Self.images()))
        try twice.fit(source, epochs: 1, batchSize: 7, seed: 5, callbacks: [])
        #expect(Self.weights(twice) == Self.weights(fitted))
    }
}
