import DataSource
import Foundation
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// `Discretization` layers that find their boundaries in data.
@Suite struct AdaptBinsTests {
    /// Values around 7, or whole numbers with many ties.
    private func values(_ rows: Int, isWhole: Bool) -> [Float] {
        let values = det([rows, 4], 0.3, 1.5).map { 7 + $0 }
        return isWhole ? values.map { (4 * $0).rounded(.toNearestOrEven) } : values
    }

    private func source(_ values: [Float]) -> ArraySource {
        ArraySource(inputs: [ArrayColumn("x", values, rowShape: [4])])
    }

    private func model(_ layer: Discretization) throws -> Model {
        let input = Input(4)
        return try Model(inputs: [input], outputs: [layer(input)])
    }

    @Test func `boundaries are those that Keras finds`() throws {
        for (name, golden) in Fixtures.goldens("discretization").map({ ($0.key, $0.value) }) {
            let layer = Discretization(
                numBins: golden["bins"]!.integerValue!, epsilon: golden["epsilon"]!.doubleValue!)
            let data = values(golden["rows"]!.integerValue!, isWhole: golden["is_whole"]!.boolValue!)
            let found = try model(layer).adaptBins(to: source(data), batchSize: golden["batch"]!.integerValue!)
            #expect(found == layer.binBoundaries)
            let expected = golden["boundaries"]!.floats
            // Values around 7, between which Keras interpolates by shares in float32.
            #expect(distance(found.map { Float($0) }, expected) < 7e-6, "\(name): \(found), expected \(expected)")
        }
    }

    @Test func `bins hold equally many values, and a plan that was made follows`() throws {
        let layer = Discretization(numBins: 5, outputMode: .oneHot)
        let input = Input(1)
        let model = try Model(inputs: [input], outputs: [layer(input)])
        let data = (0..<1000).map { Float(($0 * 7919) % 1000) }
        for shift in [0, 500] as [Float] {
            let source = ArraySource(inputs: [ArrayColumn("x", data.map { $0 + shift }, rowShape: [1])])
            try model.adaptBins(to: source)
            let bins = try model.predict(source)
            let counts = (0..<5).map { bin in stride(from: bin, to: bins.count, by: 5).reduce(0) { $0 + bins[$1] } }
            #expect(counts.allSatisfy { abs($0 - 200) <= 10 }, "\(counts)")
        }
    }

    @Test func `an adapted layer is saved and loaded with its boundaries and its number of bins`() throws {
        let model = try model(Discretization(numBins: 4, epsilon: 0.02))
        try model.adaptBins(to: source(values(50, isWhole: false)))
        let path = FileManager.default.temporaryDirectory.appending(path: "bins-\(UUID().uuidString).keras").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try model.save(path)
        let loaded = try Model.load(path)
        let (one, other) = (model.layers[0] as! Discretization, try #require(loaded.layers[0] as? Discretization))
        #expect(other.binBoundaries == one.binBoundaries && other.binBoundaries.count == 3)
        #expect(other.numBins == 4 && other.epsilon == 0.02)
        // What was loaded may be adapted anew.
        #expect(try loaded.adaptBins(to: source(values(50, isWhole: true))) != one.binBoundaries)
    }

    @Test func `a layer without bins is refused where it is run, can be saved, loaded and adapted then`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "bins-\(UUID().uuidString).keras").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for mode in [nil, .oneHot] as [CategoryMode?] {
            let input = Input(1)
            let model = try Model(inputs: [input], outputs: [Discretization(numBins: 4, outputMode: mode)(input)])
            let data = ArraySource(inputs: [ArrayColumn("x", (0..<80).map(Float.init), rowShape: [1])])
            let error = #expect(throws: TrainingError.self) { try model.predict(data) }
            #expect(error?.kind == .usage && error?.description.contains("adaptBins") == true)
            try model.save(path)
            let loaded = try Model.load(path)
            #expect(try loaded.adaptBins(to: data).count == 3)
            #expect(try loaded.predict(data).count == 80 * (mode == nil ? 1 : 4))
        }
        // Data of one value have no boundaries between them.
        let input = Input(1)
        let model = try Model(inputs: [input], outputs: [Discretization(numBins: 4)(input)])
        let data = ArraySource(inputs: [ArrayColumn("x", [3] as [Float], rowShape: [1])])
        #expect(try model.adaptBins(to: data).isEmpty && model.predict(data) == [0])
        try model.save(path)
        #expect(try Model.load(path).predict(data) == [0])
    }

    @Test func `any number of encoded bins, and any part of all values`() throws {
        let data = ArraySource(inputs: [ArrayColumn("x", (0..<5000).map(Float.init), rowShape: [1])])
        for bins in [1, 2, 48, 49, 98] {
            let input = Input(1)
            let layer = Discretization(numBins: bins, epsilon: 1e-4, outputMode: .oneHot)
            let model = try Model(inputs: [input], outputs: [layer(input)])
            try model.adaptBins(to: data, batchSize: 500)
            #expect(layer.binBoundaries.count == bins - 1)
            let sums = try model.predict(data)
            #expect(sums.reduce(0, +) == 5000)
        }
    }

    @Test func `a step of one's own follows other bins`() throws {
        let input = Input(1)
        let model = try Model(
            inputs: [input], outputs: [Dense(1, useBias: false)(Discretization(numBins: 2, outputMode: .oneHot)(input))]
        )
        func source(_ shift: Float) -> ArraySource {
            ArraySource(inputs: [ArrayColumn("x", (0..<40).map { Float($0) + shift }, rowShape: [1])])
        }
        try model.adaptBins(to: source(0))
        try model.setWeights([[0, 1]])
        let step = TrainStep(model, optimizer: .sgd(learningRate: 0)) { step in
            let loss = step.call(model, step.input("x", [1])).mean()
            step.minimize(loss)
            step.report("loss", loss)
        }
        let x: [Float] = [10, 30, 50, 60]
        #expect(try step(["x": .floats(x)])["loss"] == 0.75)
        try model.adaptBins(to: source(36))
        #expect(try step(["x": .floats(x)])["loss"] == 0.25)
        // Batches of other sizes share the memory of the largest.
        #expect(try step(["x": .floats(x + x + [0])])["loss"] == Double(Float(2) / 9))
        #expect(try step(["x": .floats([60])])["loss"] == 1)
    }

    @Test func `what cannot be adapted is refused`() throws {
        func refusal(_ model: Model, _ data: [Float], _ name: String? = nil) -> String {
            let error = #expect(throws: TrainingError.self) { try model.adaptBins(name, to: source(data)) }
            return error?.description ?? ""
        }
        let data = values(20, isWhole: false)
        #expect(refusal(try model(Discretization(binBoundaries: [1], name: "given")), data).contains("found none"))
        let bins = try model(Discretization(numBins: 4, name: "bins"))
        #expect(refusal(bins, data, "other").contains("no layer \"other\"; layers that can be given bins: \"bins\""))
        var broken = data
        broken[9] = .nan
        #expect(refusal(bins, broken).contains("in row 2 at (1,)"))
        let encoded = try model(Discretization(numBins: 9, outputMode: .multiHot))
        #expect(refusal(encoded, [1, 2, 3, 4]).contains("the data give 4 bins, the output is made for 9"))
    }
}
