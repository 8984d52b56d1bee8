import DataSource
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

@Suite struct AdaptTests {
    private let images = det([200, 4, 3, 2], 0.3, 1.5).map { 7 + $0 }

    private func source(_ values: [Float]? = nil) -> ArraySource {
        ArraySource(
            inputs: [ArrayColumn("images", values ?? images, rowShape: [4, 3, 2])],
            targets: [ArrayColumn("labels", (0..<Int32(200)).map { $0 % 3 })])
    }

    private func model(_ layers: [Layer] = [Normalization()]) throws -> Model {
        try Sequential(input: [4, 3, 2], seed: 2) {
            for layer in layers { layer }
            Flatten()
            Dense(3, activation: .softmax)
        }
    }

    private func values(_ model: Model, _ name: String) throws -> [Float] {
        try #require(model.weights.first { $0.name == name }).values
    }

    @Test func `the layer gets the statistics, and normalizes with them`() throws {
        let layer = Normalization()
        let input = Input(4, 3, 2)
        let model = try Model(inputs: [input], outputs: [layer(input)])
        let statistics = try model.adapt(to: source())
        #expect(statistics == (try source().statistics(axis: [-1])))
        #expect(try values(model, "normalization/mean") == statistics.mean.map { Float($0) })
        #expect(try values(model, "normalization/variance") == statistics.variance.map { Float($0) })
        #expect(try values(model, "normalization/count") == [0])
        let out = try model.predict(source())
        let expected = images.enumerated().map { index, value in
            Float((Double(value) - statistics.mean[index % 2]) / statistics.standardDeviation[index % 2])
        }
        #expect(distance(out, expected) < 2e-6)
        let normalized = try ArraySource(inputs: [ArrayColumn("x", out, rowShape: [2])]).statistics(axis: [-1])
        for (mean, variance) in zip(normalized.mean, normalized.variance) {
            #expect(abs(mean) < 1e-5)
            #expect(abs(variance - 1) < 1e-5)
        }
    }

    @Test func `what it was adapted to before is forgotten, also by a plan that is already made`() throws {
        let model = try model()
        try model.adapt(to: source())
        let first = try model.predict(source())
        let (weights, other) = (model.weights.map(\.values), images.map { 100 - 3 * $0 })
        try model.adapt(to: source(other))
        #expect(try model.predict(source()) != first)
        try model.adapt(to: source())
        #expect(model.weights.map(\.values) == weights)
        #expect(try model.predict(source()) == first)
    }

    @Test func `training changes no statistics, and no gradient is lost on the way through`() throws {
        let (before, after) = (Dense(4, name: "before"), Normalization(axis: [1, 3], name: "statistics"))
        let model = try model([before, after])
        let features = ArraySource(inputs: [ArrayColumn("features", det([90, 4, 3, 4], 0, 1), rowShape: [4, 3, 4])])
        try model.adapt("statistics", to: features, column: "features")
        let statistics = try ["mean", "variance", "count"].map { try values(model, "statistics/\($0)") }
        let kernel = try values(model, "before/kernel")
        try model.compile(optimizer: .adam(learningRate: 1e-2), loss: .sparseCategoricalCrossentropy)
        try model.fit(source(), epochs: 1, batchSize: 50, callbacks: [])
        #expect(try ["mean", "variance", "count"].map { try values(model, "statistics/\($0)") } == statistics)
        #expect(try values(model, "before/kernel") != kernel)
        #expect(after.isTrainable)
    }

    @Test func `rows may lie under another shape than the layer's input`() throws {
        let flat = try model([Flatten(), Normalization()])
        let found = try flat.adapt(to: source())
        #expect(found.shape == [24])
        #expect(try found.variance == source().statistics(axis: [1, 2, 3]).variance)
        let reshaped = try model([Reshape([3, 2, 4]), Normalization()])
        let expected = ArraySource(inputs: [ArrayColumn("images", images, rowShape: [4])])
        #expect(try reshaped.adapt(to: source()).mean == expected.statistics(axis: [-1]).mean)
        // Other extents along axes that are not kept: images of another size.
        let larger = ArraySource(inputs: [ArrayColumn("large", det([5, 7, 6, 2], 0, 1), rowShape: [7, 6, 2])])
        #expect(try model().adapt(to: larger).count == 5 * 42)
    }

    @Test func `one of several layers, and one of several inputs`() throws {
        let (left, right) = (Input(2, name: "left"), Input(3, name: "right"))
        let (a, b) = (Normalization(name: "a"), Normalization(axis: nil, name: "b"))
        let given = Normalization(axis: nil, moments: .init(mean: [1], variance: [2]), name: "given")
        let model = try Model(inputs: [left, right], outputs: [a(left), given(b(right))])
        let source = ArraySource(
            inputs: [
                ArrayColumn("l", det([40, 2], 1, 1), rowShape: [2]),
                ArrayColumn("r", det([40, 3], 2, 1), rowShape: [3]),
            ])
        #expect(try model.adapt("b", to: source).column == "r")
        #expect(try model.adapt("a", to: source).column == "l")
        func refused(_ fragment: String, _ body: () throws -> Void) {
            let error = #expect(throws: TrainingError.self, performing: body)
            #expect(error?.description.contains(fragment) == true, "\(error?.description ?? "")")
        }
        refused("\"b\", \"a\"") { try model.adapt(to: source) }
        refused("no layer \"c\"") { try model.adapt("c", to: source) }
        refused("given") { try model.adapt("given", to: source) }
        refused("(3,)") { try model.adapt("a", to: source, column: "r") }
        refused("\"x\"") { try model.adapt("b", to: source, column: "x") }
    }

    @Test func `a layer behind another that changes values wants its column named`() throws {
        let model = try model([Rescaling(2), Normalization()])
        let error = #expect(throws: TrainingError.self) { try model.adapt(to: source()) }
        #expect(error?.kind == .usage)
        #expect(error?.description.contains("rescaling") == true)
        try model.adapt(to: source(), column: "images")
        #expect(throws: TrainingError.self) { try self.model([]).adapt(to: source()) }
    }

    @Test func `a pass that fails leaves the layer as it was`() throws {
        let model = try model()
        try model.adapt(to: source())
        let weights = model.weights.map(\.values)
        var broken = images
        broken[1000] = .nan
        #expect(throws: TrainingError.self) { try model.adapt(to: source(broken)) }
        #expect(throws: TrainingError.self) { try model.adapt(to: source().rows(0..<0)) }
        #expect(throws: TrainingError.self) { try model.adapt(to: source(), column: "labels") }
        #expect(model.weights.map(\.values) == weights)
    }
}
