import DataSource
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Activations that are computed again for the gradients.
@Suite struct RecomputationTests {
    /// Sixteen products with activations between.
    private static func perceptron() throws -> Model {
        let model = try Sequential(input: [8, 8]) {
            Flatten()
            for _ in 0..<16 { Dense(64, activation: .relu) }
            Dense(10, activation: .softmax)
        }
        try model.compile(optimizer: .adam(), loss: .sparseCategoricalCrossentropy)
        return model
    }

    /// Twelve convolutions with statistics of batches and dropout.
    private static func convnet() throws -> Model {
        let model = try Sequential(input: [8, 8]) {
            Reshape([8, 8, 1])
            for block in 0..<12 {
                Conv2D(16, kernel: 3, padding: .same, useBias: false)
                BatchNormalization()
                Activation(.relu)
                if block % 4 == 3 { Dropout(0.2) }
            }
            GlobalAveragePooling2D()
            Dense(10, activation: .softmax)
        }
        try model.compile(optimizer: .adam(), loss: .sparseCategoricalCrossentropy)
        return model
    }

    private static func recurrent() throws -> Model {
        let model = try Sequential(input: [8, 8]) {
            for _ in 0..<4 { LSTM(16, returnSequences: true) }
            LSTM(16)
            Dense(10, activation: .softmax)
        }
        try model.compile(optimizer: .adam(), loss: .sparseCategoricalCrossentropy)
        return model
    }

    private static func weights(_ model: Model) -> [[UInt32]] { model.weights.map { $0.values.map(\.bitPattern) } }

    @Test(arguments: [
        ("graphs", ["residual_block", "resnet", "unet", "mobilenet", "causal_transformer", "convnet", "temporal"]),
        ("graphs", ["text_classifier", "bidirectional_classifier", "transformer", "autoencoder", "shared_in_series"]),
        ("precision", ["multilayer", "convnet", "resnet", "text_classifier", "transformer"]),
    ])
    func `every way to compute again has the gradients of the step as it is`(_ family: String, _ cases: [String]) throws
    {
        let goldens = ModelGoldens(family)
        var ways = 0
        for name in cases {
            let check = try RecomputationCheck(try goldens.load(name), rows: 4)
            ways += check.arenaBytes.count
            #expect(check.differing.isEmpty, "\(name): \(check.differing) of \(check.arenaBytes.count)")
        }
        #expect(ways > 2 * cases.count)
    }

    @Test(arguments: [perceptron, convnet, recurrent])
    func `deep models have many ways, all with the same gradients`(_ make: @Sendable () throws -> Model) throws {
        let check = try RecomputationCheck(try make(), rows: 32)
        #expect(check.differing.isEmpty, "\(check.differing)")
        #expect(check.arenaBytes.count > 5)
        // Plans are chosen by estimates before they are made: the best of them is among the first.
        #expect(check.arenaBytes.prefix(3).min() == check.arenaBytes.min())
    }

    @Test(arguments: [
        "convnet_adam", "resnet_momentum", "mobilenet_adam", "unet_adam", "bidirectional_momentum", "transformer_adam",
        "penalized_adam", "two_heads_adam",
    ])
    func `eight steps end with the same bytes`(_ name: String) throws {
        let goldens = ModelGoldens("trajectories")
        let (kept, losses) = try goldens.trained(name, recomputing: false)
        let (again, sameLosses) = try goldens.trained(name, recomputing: true)
        #expect(Self.weights(again) == Self.weights(kept))
        #expect(sameLosses == losses)
    }

    @Test(arguments: [perceptron, convnet])
    func `a deep model's arena is at most half, with the same run`(_ make: @Sendable () throws -> Model) throws {
        let source = try HDF5Source(Fixtures.path("digits-test.h5"))
        var settings = FitSettings()
        settings.batchSize = 64
        settings.stepsPerEpoch = 8
        settings.recomputation = .never
        let kept = try make()
        let whole = try kept.plan(source, settings)
        #expect(whole.storedActivationsBytes == nil && whole.stepSummary == nil)
        let history = try kept.fit(source, settings, whole, callbacks: [])

        settings.recomputation = .always
        let again = try make()
        let plan = try again.plan(source, settings)
        #expect(plan.storedActivationsBytes == whole.activationsBytes)
        #expect(
            plan.activationsBytes * 2 <= whole.activationsBytes, "\(plan.activationsBytes) \(whole.activationsBytes)")
        #expect(
            plan.stepSummary
                == "activations are computed twice: \(ByteCount(plan.activationsBytes)) instead of "
                + "\(ByteCount(whole.activationsBytes))")
        #expect(try again.fit(source, settings, plan, callbacks: [])["loss"] == history["loss"])
        #expect(again.ledger.peak(of: .activations) == plan.activationsBytes)
        #expect(Self.weights(again) == Self.weights(kept))
        let step = try make().stepMemory(batchSize: 64)
        #expect(step.activations == whole.activationsBytes && step.recomputedActivations == plan.activationsBytes)
    }

    @Test func `a cap that does not hold single rows is met by computing again, and only then`() throws {
        let source = try HDF5Source(Fixtures.path("digits-test.h5"))
        let held = 8 << 20
        var settings = FitSettings()
        settings.batchSize = 4
        // Images so large that one row's activations count.
        func make() throws -> Model {
            let model = try Sequential(input: [8, 8]) {
                Reshape([8, 8, 1])
                UpSampling2D(size: [16, 16])
                for _ in 0..<12 {
                    Conv2D(16, kernel: 3, padding: .same)
                    BatchNormalization()
                    Activation(.relu)
                }
                GlobalAveragePooling2D()
                Dense(10, activation: .softmax)
            }
            try model.compile(optimizer: .adam(), loss: .sparseCategoricalCrossentropy)
            return model
        }
        func plan(_ recomputation: Recomputation, accumulate: Int? = nil, cap: MemoryCap) throws -> MemoryPlan {
            settings.recomputation = recomputation
            settings.accumulate = accumulate
            settings.memory = cap
            return try make().plan(source, validation: nil, settings, heldBytes: held)
        }
        let rows = try plan(.never, accumulate: 4, cap: .none)
        let recomputed = try plan(.always, accumulate: 4, cap: .none)
        #expect(recomputed.activationsBytes * 2 < rows.activationsBytes)
        // Where single rows fit, nothing is computed again.
        let least = rows.totalBytes - rows.windowBytes - rows.queueBytes
        #expect(try plan(.auto, cap: .cap(ByteCount(least + (4 << 20)))).storedActivationsBytes == nil)
        let tight = ByteCount(least - (rows.activationsBytes - recomputed.activationsBytes) / 2)
        #expect(throws: TrainingError.self) { try plan(.never, cap: .cap(tight)) }
        let met = try plan(.auto, cap: .cap(tight))
        #expect(met.storedActivationsBytes != nil && met.totalBytes <= tight.bytes)
        #expect(met.stepSummary!.contains("activations are computed twice"))
        let error = #expect(throws: TrainingError.self) { try plan(.auto, cap: .cap(.mebibytes(8))) }
        #expect(error!.kind == .configuration && error!.description.contains("SGD without momentum"))
        // The smallest cap of the message is that of computing again.
        let smallest = try #require(error!.description.firstMatch(of: /smallest cap that works is (\d+)MiB/)).1
        #expect(try plan(.auto, cap: .cap(.mebibytes(Int(smallest)!))).storedActivationsBytes != nil)
    }

    @Test func `a run goes on from a checkpoint with another choice, to the same bytes`() throws {
        let source = try HDF5Source(Fixtures.path("digits-test.h5"))
        func run(_ recomputation: Recomputation, epochs: Int, _ checkpointing: Checkpointing?) throws -> [[UInt32]] {
            let model = try Self.convnet()
            var settings = FitSettings()
            settings.batchSize = 60
            settings.epochs = epochs
            settings.seed = 3
            settings.recomputation = recomputation
            settings.checkpointing = checkpointing
            let plan = try model.plan(source, settings)
            #expect((plan.storedActivationsBytes != nil) == (recomputation == .always))
            try model.fit(source, settings, plan, callbacks: [])
            return Self.weights(model)
        }
        let scratch = try CheckpointScratch()
        _ = try run(.never, epochs: 1, scratch.resuming())
        let resumed = try run(.always, epochs: 2, scratch.resuming())
        #expect(try run(.never, epochs: 2, nil) == resumed)
    }
}
