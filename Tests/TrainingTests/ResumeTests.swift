import DataSource
import Engine
import Foundation
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Runs that end at every update and go on from a checkpoint: nothing of the rest may differ by a bit.
@Suite struct ResumeTests {
    /// Optimizers that a resumed run is tried with; another one joins by a line.
    static let optimizers: [any Optimizer] = [
        .adam(learningRate: 0.01), .sgd(learningRate: 0.05), .sgd(learningRate: 0.05, momentum: 0.9),
        .sgd(learningRate: 0.05, momentum: 0.9, nesterov: true), .rmsProp(), .adam(amsgrad: true), .adamW(), .adagrad(),
        .adadelta(learningRate: 1), .adamax(), .nadam(), .lion(), .lamb(), .ftrl(), .adafactor(), .muon(),
        .scheduleFreeAdamW(), .lossScale(.adam(), initialScale: 1024, dynamicGrowthSteps: 3),
        .multiple(.adam(), ["kernel": .sgd(learningRate: 0.05, momentum: 0.9)]),
        .adam(
            learningRate: CosineDecay(0.01, decaySteps: 20),
            options: OptimizerOptions(
                weightDecay: 0.01, clipping: .globalNorm(0.5),
                movingAverage: .init(momentum: 0.9, overwriteFrequency: 4))),
        .sgd(learningRate: 0.05, options: OptimizerOptions(accumulationSteps: 3)),
    ]

    @Test(arguments: optimizers.indices)
    func `a run is the same from every checkpoint on`(_ optimizer: Int) throws {
        var settings = ResumeCase.settings
        settings.shuffle = .window
        // Every update for the first two; of what others keep, each third shows as much.
        try ResumeCase(Self.optimizers[optimizer], settings).check(every: optimizer < 2 ? 1 : 3)
    }

    @Test(arguments: ShufflePolicy.allCases, [1, 3])
    func `whatever the order, and whoever decodes`(_ shuffle: ShufflePolicy, _ workers: Int) throws {
        var settings = ResumeCase.settings
        settings.shuffle = shuffle
        settings.decodeWorkers = workers
        try ResumeCase(.adam(), settings).check(every: 5, resumedWorkers: 4 - workers)
    }

    @Test func `steps per epoch, parts of batches, class weights and a first epoch`() throws {
        var settings = ResumeCase.settings
        settings.epochs = 4
        settings.initialEpoch = 1
        settings.stepsPerEpoch = 5
        settings.accumulate = 3
        settings.classWeights = [0: 2, 2: 0.5]
        settings.validationFrequency = .every(2)
        settings.validationSteps = 1
        try ResumeCase(.adam(), settings).check()
    }

    @Test func `callbacks that change the rate, freeze layers and stop`() throws {
        var settings = ResumeCase.settings
        settings.epochs = 5
        try ResumeCase(.sgd(learningRate: 0.1, momentum: 0.5), settings, isMeddling: true).check(every: 2)
    }

    @Test func `the callbacks that follow a figure, random layers at the input, and parts of batches`() throws {
        var settings = ResumeCase.settings
        settings.epochs = 6
        settings.accumulate = 2
        let images = ResumeCase.images(rows: 40)
        var tried = ResumeCase(settings, source: images, validation: images) {
            let model = try Sequential(input: [6, 6, 1]) {
                RandomFlip()
                RandomRotation(-0.2...0.2)
                Flatten()
                Dense(12, activation: .relu)
                Dropout(0.3)
                Dense(3, activation: .softmax)
            }
            try model.compile(optimizer: .adam(learningRate: 0.05), loss: .sparseCategoricalCrossentropy)
            return model
        }
        tried.callbacks = {
            [
                try ReduceLROnPlateau(factor: 0.5, patience: 1, minDelta: 0.05),
                EarlyStopping(minDelta: 0.02, patience: 2, restoreBestWeights: true),
            ]
        }
        let whole = try tried.run(nil)
        let rates = try #require(whole.history["learning_rate"])
        #expect(whole.epochs.count < 6 && Set(rates).count > 1, "nothing stopped or was reduced: \(whole.epochs)")
        try tried.check(every: 4)
    }

    @Test func `rates that were set for parts of a model`() throws {
        let settings = ResumeCase.settings
        var tried = try ResumeCase(.multiple(.adam(), ["dense.*": .sgd(learningRate: 0.05)]), settings)
        tried.callbacks = {
            [
                LambdaCallback(epochDidEnd: { report, run in
                    var optimizer = run.model.compilation!.optimizer as! MultiOptimizer
                    optimizer["dense.*"]!.learningRate *= 0.5
                    run.model.compilation!.optimizer = optimizer
                })
            ]
        }
        try tried.check(every: 4)
        // What was compiled for a part alone is another run, too.
        let scratch = try CheckpointScratch()
        _ = try tried.run(Checkpointing(scratch.path, interval: .updates(2)))
        let other = try ResumeCase(.multiple(.adam(), ["dense.*": .sgd(learningRate: 0.01)]), settings)
        let error = #expect(throws: TrainingError.self) { try other.run(scratch.resuming()) }
        #expect(error?.description.contains("learning rate: expected") == true)
    }

    @Test func `weights in blocks, and a state from batch to batch`() throws {
        let path = Fixtures.path("digits-convnet.keras")
        let source = try HDF5Source(Fixtures.path("digits-test.h5"))
        var settings = ResumeCase.settings
        settings.epochs = 1
        settings.batchSize = 60
        try ResumeCase(settings, source: source, validation: nil) { try Model.load(path) }.check()
        let data = ResumeCase.sequences(rows: 48)
        settings.batchSize = 8
        settings.epochs = 2
        settings.shuffle = .none
        try ResumeCase(settings, source: data, validation: data) {
            let input = Input(4, 3, batchSize: 8)
            let model = try Model(
                inputs: [input], outputs: [Dense(2, activation: .softmax)(LSTM(5, stateful: true)(input))])
            try model.compile(optimizer: .adam(), loss: .sparseCategoricalCrossentropy)
            return model
        }.check(every: 2)
    }

    @Test func `more epochs than were asked for at first`() throws {
        var settings = ResumeCase.settings
        let whole = try ResumeCase(.adam(), settings).run(nil)
        settings.epochs -= 1
        let scratch = try CheckpointScratch()
        _ = try ResumeCase(.adam(), settings).run(Checkpointing(scratch.path, resumes: false))
        settings.epochs += 1
        let longer = try ResumeCase(.adam(), settings).run(scratch.resuming())
        #expect(longer.weights == whole.weights)
        #expect(longer.history == whole.history)
    }

    @Test func `what a killed run left too many is removed, also when nothing is left to do`() throws {
        let scratch = try CheckpointScratch()
        _ = try ResumeCase(.adam(), ResumeCase.settings).run(
            Checkpointing(scratch.path, interval: .updates(2), keep: 3))
        #expect(try scratch.files.count == 3)
        var checkpointing = scratch.resuming()
        checkpointing.keep = 2
        let newest = try scratch.files.suffix(2)
        _ = try ResumeCase(.adam(), ResumeCase.settings).run(checkpointing)
        #expect(try scratch.files == Array(newest))
    }

    @Test func `bits that are no ordinary numbers`() throws {
        let model = try Model.load(Fixtures.path("digits-convnet.keras"))
        try model.trainOnBatch(try Digits("digits-test.h5").batch(0..<8))
        var random = SplitMix64(seed: 3, epoch: 0, purpose: 1)
        let special: [Float] = [-0.0, .leastNonzeroMagnitude, .infinity, -.infinity, Float(bitPattern: 0x7fc1_2345)]
        for index in model.store.entries.indices {
            let entry = model.store.entries[index]
            let values = (0..<entry.shape.elementCount).map { place in
                place < special.count ? special[place] : Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            }
            let tensor = model.store.stateTensor(index, named: entry.name)
            try tensor.replace { bytes in values.withUnsafeBytes { bytes.copyMemory(from: $0) } }
            try tensor.withRowMajor { bytes in
                #expect(values.withUnsafeBytes { memcmp($0.baseAddress!, bytes.baseAddress!, bytes.count) } == 0)
            }
            #expect(try model.store.read(index).map(\.bitPattern) == values.map(\.bitPattern))
        }
    }
}
