import DataSource
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// What is tried before a cap is refused, and what the refusal says.
@Suite struct MemoryRefusalTests {
    private let source: HDF5Source
    init() throws { source = try HDF5Source(Fixtures.path("digits-test.h5")) }

    /// Seventeen megabytes of weights, a few kilobytes of activations a row.
    private static func wide(_ optimizer: any Optimizer = Adam()) throws -> Model {
        let model = try Sequential(input: [8, 8]) {
            Flatten()
            Dense(2048, activation: .relu)
            Dense(2048, activation: .relu)
            Dense(10, activation: .softmax)
        }
        try model.compile(optimizer: optimizer, loss: .sparseCategoricalCrossentropy)
        return model
    }

    /// As many weights behind convolutions of large images: a row's activations are a third of them.
    private static func deepAndWide() throws -> Model {
        let model = try Sequential(input: [8, 8]) {
            Reshape([8, 8, 1])
            UpSampling2D(size: [16, 16])
            for _ in 0..<12 { Conv2D(16, kernel: 3, padding: .same, activation: .relu) }
            GlobalAveragePooling2D()
            Dense(2048, activation: .relu)
            Dense(2048, activation: .relu)
            Dense(10, activation: .softmax)
        }
        try model.compile(optimizer: .adam(), loss: .sparseCategoricalCrossentropy)
        return model
    }

    private func plan(
        _ model: Model, batchSize: Int, accumulate: Int? = nil, _ recomputation: Recomputation = .auto, cap: MemoryCap
    ) throws -> MemoryPlan {
        var settings = FitSettings()
        settings.batchSize = batchSize
        settings.accumulate = accumulate
        settings.recomputation = recomputation
        settings.memory = cap
        return try model.plan(source, validation: nil, settings, heldBytes: 9 << 20)
    }

    /// What a refusal says, and the cap that it names.
    private func refusal(_ model: Model, batchSize: Int) throws -> (text: String, smallest: ByteCount) {
        let error = #expect(throws: TrainingError.self) {
            try plan(model, batchSize: batchSize, cap: .cap(.mebibytes(1)))
        }
        let text = try #require(error).description
        #expect(error?.kind == .configuration)
        let found = try #require(text.firstMatch(of: /smallest cap that works is (\d+)MiB/)).1
        return (text, .mebibytes(Int(found)!))
    }

    @Test func `where weights outweigh a batch, the named cap is that of the whole batch`() throws {
        let smallest = try refusal(Self.wide(), batchSize: 8).smallest
        let met = try plan(try Self.wide(), batchSize: 8, cap: .cap(smallest))
        #expect(met.totalBytes <= smallest.bytes)
        // Parts hold gradients twice.
        #expect(met.accumulate == 1 && met.gradientsBytes == met.parametersBytes)
        #expect(throws: TrainingError.self) {
            try plan(try Self.wide(), batchSize: 8, cap: .cap(ByteCount(smallest.bytes / 20 * 19)))
        }
    }

    @Test func `a whole batch is computed again where single rows have no room for their gradients`() throws {
        func least(_ accumulate: Int, _ recomputation: Recomputation) throws -> Int {
            let plan = try plan(
                try Self.deepAndWide(), batchSize: 2, accumulate: accumulate, recomputation, cap: .none)
            return plan.totalBytes - plan.windowBytes - plan.queueBytes
        }
        let again = try least(1, .always)
        let others = try [least(1, .never), least(2, .never), least(2, .always)].min()!
        try #require(again + (4 << 20) < others, "the case is not what it should be: \(again), \(others)")
        let smallest = try refusal(Self.deepAndWide(), batchSize: 2).smallest
        #expect(smallest.bytes < others)
        let met = try plan(try Self.deepAndWide(), batchSize: 2, cap: .cap(smallest))
        #expect(met.accumulate == 1 && met.storedActivationsBytes != nil && met.totalBytes <= smallest.bytes)
        #expect(throws: TrainingError.self) {
            try plan(try Self.deepAndWide(), batchSize: 2, cap: .cap(ByteCount(smallest.bytes / 20 * 19)))
        }
    }

    @Test func `parts are counted as they are computed`() throws {
        // 33 rows in eight parts would be eight parts of five rows; seven are enough.
        let seven = try plan(try Self.wide(), batchSize: 33, accumulate: 8, cap: .none)
        #expect(seven.microBatch == 5 && seven.accumulate == 7)
        #expect(seven.stepSummary!.contains("in 7 parts of 5"))
        for (batchSize, asked) in [(33, 33), (33, 32), (33, 2), (7, 4), (8, 4), (32, 1), (1, 1)] {
            let plan = try plan(try Self.wide(), batchSize: batchSize, accumulate: asked, cap: .none)
            #expect(plan.accumulate * plan.microBatch >= batchSize, "\(batchSize) in \(asked)")
            #expect((plan.accumulate - 1) * plan.microBatch < batchSize, "\(batchSize) in \(asked)")
        }
    }

    @Test(arguments: [Adam() as any Optimizer, SGD(momentum: 0.9)])
    func `an optimizer without state is proposed with what it saves, which is so`(_ optimizer: any Optimizer) throws {
        let (text, smallest) = try refusal(Self.wide(optimizer), batchSize: 8)
        let advice = try #require(
            text.firstMatch(of: /; an optimizer that keeps no state, SGD without momentum, needs (\S+ \S+) less$/))
        let kept = try plan(try Self.wide(optimizer), batchSize: 8, cap: .none).optimizerBytes
        #expect(advice.1 == ByteCount(kept).description)
        #expect(try Self.wide(SGD()).plan(source, FitSettings()).optimizerBytes == 0)
        let (plain, less) = try refusal(Self.wide(SGD()), batchSize: 8)
        #expect(abs(smallest.bytes - kept - less.bytes) <= 1 << 20)
        #expect(try plan(try Self.wide(SGD()), batchSize: 8, cap: .cap(less)).totalBytes <= less.bytes)
        // There is nothing to propose then.
        #expect(plain.hasSuffix("smaller batches or chunks need less"))
    }
}
