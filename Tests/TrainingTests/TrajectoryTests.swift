import DataSource
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Eight steps of the fixture models against Keras: `fixtures/goldens/trajectories.json`.
@Suite struct TrajectoryTests {
    static let cases = Fixtures.goldens("trajectories").filter { $0.key != "trained-adam-continued" }

    private func loss(_ name: String) -> any Loss {
        switch name {
        case "sparse_categorical_crossentropy": .sparseCategoricalCrossentropy
        case "categorical_crossentropy": .categoricalCrossentropy
        default: .meanSquaredError
        }
    }

    @Test(arguments: cases.map(\.key))
    func `losses, metrics, weights and predictions follow Keras's`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let model = try Model.load(Fixtures.path(golden["model"]!.stringValue!))
        for case let dropout as Dropout in model.layers { dropout.rate = 0 }
        try model.compile(
            optimizer: try goldenOptimizer(golden["optimizer"]!), loss: loss(golden["loss"]!.stringValue!),
            metrics: [.accuracy])
        let oneHot = golden["targets"]!.stringValue == "one-hot"
        let train = try Digits("digits-train.h5")
        let test = try Digits("digits-test.h5")

        func check(_ moment: String) throws {
            let expected = golden[moment]!
            let logs = try model.evaluate(test.source(oneHot: oneHot), batchSize: 32)
            let loss = expected["evaluate"]!["loss"]!.doubleValue!
            #expect(abs(logs.loss - loss) < 1e-4 * abs(loss), "\(moment)")
            #expect(abs(logs["accuracy"]! - expected["evaluate"]!["accuracy"]!.doubleValue!) < 1e-6, "\(moment)")
            let predictions = try model.predictOnBatch(try test.batch(0..<5, oneHot: oneHot))
            #expect(distance(predictions, expected["predictions"]!.floats) < 1e-4, "\(moment)")
        }

        try check("before")
        for (step, expected) in golden["steps"]!.arrayValue!.enumerated() {
            let weights = golden["sample_weight"]!.isNull ? nil : golden["sample_weight"]!
            let batch = try train.batch(step * 32..<step * 32 + 32, oneHot: oneHot, weighted: weights != nil)
            let logs = try model.trainOnBatch(batch)
            let loss = expected["loss"]!.doubleValue!
            #expect(abs(logs.loss - loss) < 1e-4 * abs(loss), "step \(step)")
            #expect(abs(logs["accuracy"]! - expected["accuracy"]!.doubleValue!) < 1e-6, "step \(step)")
        }
        try check("after")
        for (found, expected) in zip(model.weights, golden["weights_after"]!.arrayValue!) {
            let squares = found.values.reduce(0.0) { $0 + Double($1) * Double($1) }
            #expect(abs(squares - expected["sum_squares"]!.doubleValue!) < 1e-4 * squares + 1e-6, "\(found.name)")
            #expect(
                distance(Array(found.values.prefix(4)), Array(expected["first"]!.floats.prefix(4))) < 1e-4,
                "\(found.name)")
        }
    }

    @Test func `a model that Keras had begun to train goes on as in Keras`() throws {
        let golden = Fixtures.goldens("trajectories").first { $0.key == "trained-adam-continued" }!.value
        let model = try Model.load(Fixtures.path("models/trained-adam.keras"))
        let x = det([8, 6], 0, 1)
        let y = (0..<8).flatMap { row in (0..<3).map { Float($0 == row % 3 ? 1 : 0) } }
        for expected in golden["steps"]!.arrayValue! {
            let logs = try model.trainOnBatch(try Batch(x: x, shape: [6], y: y, targetShape: [3]))
            let loss = expected["loss"]!.doubleValue!
            #expect(abs(logs.loss - loss) < 1e-4 * abs(loss))
        }
        let predictions = try model.predictOnBatch(try Batch(x: x, shape: [6], y: y, targetShape: [3]))
        #expect(distance(predictions, golden["after"]!["predictions"]!.floats) < 1e-4)
    }
}

/// The digits in memory.
struct Digits {
    let images: [Float]
    let labels: [Int32]

    init(_ name: String) throws {
        let stream = try HDF5Source(Fixtures.path(name)).batches(of: 4096, shuffle: .none)
        var images: [Float] = []
        var labels: [Int32] = []
        while let batch = try stream.next() {
            images += Array(batch.inputs[0].floats)
            labels += Array(batch.targets[0].integers)
        }
        self.images = images
        self.labels = labels
    }

    private func columns(_ rows: Range<Int>, _ oneHot: Bool) -> (x: ArrayColumn, y: ArrayColumn) {
        let x = ArrayColumn("images", Array(images[rows.lowerBound * 64..<rows.upperBound * 64]), rowShape: [8, 8])
        guard oneHot else { return (x, ArrayColumn("labels", Array(labels[rows]))) }
        let hot = labels[rows].flatMap { label in (0..<10).map { Float($0 == Int(label) ? 1 : 0) } }
        return (x, ArrayColumn("labels", hot, rowShape: [10]))
    }

    func source(oneHot: Bool = false) -> ArraySource {
        let (x, y) = columns(labels.indices, oneHot)
        return ArraySource(inputs: [x], targets: [y])
    }

    /// Row `i` weighs `0.5 + (i mod 3) / 2` when weighted.
    func batch(_ rows: Range<Int>, oneHot: Bool = false, weighted: Bool = false) throws -> Batch {
        let (x, y) = columns(rows, oneHot)
        let weights = weighted ? ArrayColumn("weights", rows.map { 0.5 + Float($0 % 3) * 0.5 }) : nil
        return try Batch(inputs: [x], targets: [y], sampleWeight: weights)
    }
}
