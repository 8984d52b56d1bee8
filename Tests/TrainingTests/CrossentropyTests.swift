import DataSource
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// `crossentropy`, which the shapes of predictions and targets choose.
@Suite struct CrossentropyTests {
    private func model(_ input: Shape, _ scores: Int, _ loss: any Loss) throws -> Model {
        let activation: ActivationFunction = scores == 1 ? .sigmoid : .softmax
        let model = try Sequential(input: input, seed: 3) { Dense(scores, activation: activation) }
        try model.compile(optimizer: .sgd(learningRate: 0.1), loss: loss, metrics: [.accuracy])
        return model
    }

    private static let rows = 6

    /// Targets of a form, for 6 rows.
    private func targets(_ shape: Shape, _ kind: any Loss, classes: Int) -> ArrayColumn {
        let count = Self.rows * shape.elementCount
        if kind is SparseCategoricalCrossentropy {
            return ArrayColumn("y", (0..<count).map { Int32($0 % classes) }, rowShape: shape)
        }
        if kind is BinaryCrossentropy { return ArrayColumn("y", (0..<count).map { Float($0 % 2) }, rowShape: shape) }
        return ArrayColumn(
            "y", (0..<count).map { $0 % classes == $0 / classes % classes ? Float(1) : 0 }, rowShape: shape)
    }

    /// Inputs, scores, targets, and what Keras chooses for them.
    private static let cases: [(Shape, Int, Shape, any Loss)] = [
        ([4], 1, [], BinaryCrossentropy()), ([4], 1, [1], BinaryCrossentropy()),
        ([4], 3, [], SparseCategoricalCrossentropy()), ([4], 3, [1], SparseCategoricalCrossentropy()),
        ([4], 3, [3], CategoricalCrossentropy()), ([5, 4], 3, [5], SparseCategoricalCrossentropy()),
        ([5, 4], 3, [5, 1], SparseCategoricalCrossentropy()), ([5, 4], 3, [5, 3], CategoricalCrossentropy()),
        ([5, 4], 1, [5, 1], BinaryCrossentropy()), ([5, 4], 1, [5], BinaryCrossentropy()),
    ]

    @Test(arguments: cases.indices) func `the loss is the one that Keras chooses`(_ index: Int) throws {
        let (input, scores, target, expected) = Self.cases[index]
        let x = ArrayColumn("x", det(input.prepending(Self.rows), 0.2, 1), rowShape: input)
        let y = targets(target, expected, classes: scores)
        let found = try model(input, scores, .crossentropy)
        let other = try model(input, scores, expected)
        let batch = try Batch(inputs: [x], targets: [y])
        #expect(try found.testOnBatch(batch, loss: .crossentropy) == other.testOnBatch(batch))
        for _ in 0..<3 { #expect(try found.trainOnBatch(batch) == other.trainOnBatch(batch)) }
        let source = ArraySource(inputs: [x], targets: [y])
        #expect(try found.evaluate(source) == other.evaluate(source))
        let losses = try [found, other].map { try $0.fit(source, epochs: 2, batchSize: 4, callbacks: [])["loss"] }
        #expect(losses[0].count == 2 && losses[0] == losses[1])
        #expect(found.weights.map(\.values) == other.weights.map(\.values))
    }

    @Test func `the first targets decide for those that follow`() throws {
        let model = try model([4], 3, .crossentropy)
        let x = ArrayColumn("x", det([Self.rows, 4], 0.2, 1), rowShape: [4])
        let labels = targets([], SparseCategoricalCrossentropy(), classes: 3)
        try model.trainOnBatch(try Batch(inputs: [x], targets: [labels]))
        let oneHot = targets([3], CategoricalCrossentropy(), classes: 3)
        let error = #expect(throws: TrainingError.self) {
            try model.trainOnBatch(try Batch(inputs: [x], targets: [oneHot]))
        }
        #expect(error?.description.contains("crossentropy expects class numbers 0 to 2") == true)
        // Compiled anew, the next ones do.
        try model.compile(optimizer: .sgd(), loss: .crossentropy)
        try model.trainOnBatch(try Batch(inputs: [x], targets: [oneHot]))
    }

    @Test func `each output has its own`() throws {
        let input = Input(4)
        let outputs = [
            try Dense(1, activation: .sigmoid, name: "one")(input),
            try Dense(3, activation: .softmax, name: "some")(input),
        ]
        func figures(_ losses: [any Loss]) throws -> Logs {
            let model = try Model(inputs: [input], outputs: outputs, seed: 5)
            try model.compile(optimizer: .sgd(), outputs: losses.map { OutputCompilation(loss: $0) })
            let batch = try Batch(
                inputs: [ArrayColumn("x", det([Self.rows, 4], 0.2, 1), rowShape: [4])],
                targets: [
                    targets([], BinaryCrossentropy(), classes: 1),
                    targets([], SparseCategoricalCrossentropy(), classes: 3),
                ])
            return try model.testOnBatch(batch)
        }
        #expect(
            try figures([Crossentropy(), Crossentropy()])
                == figures([BinaryCrossentropy(), SparseCategoricalCrossentropy()]))
    }
}
