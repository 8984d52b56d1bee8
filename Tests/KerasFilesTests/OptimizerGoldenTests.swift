import HDF5Store
import JSONText
import KerasFiles
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Every optimizer with its options against Keras: `fixtures/goldens/optimizers.zip`.
@Suite struct OptimizerGoldenTests {
    static let goldens = OptimizerGoldens()
    static let names = goldens.cases.map(\.key)

    private func start(_ name: String) throws -> (golden: JSONValue, model: Model) {
        let golden = Self.goldens.golden(name)
        return (golden, try Self.goldens.model(try goldenOptimizer(golden)))
    }

    private func update(_ model: Model, _ golden: JSONValue, _ updates: Range<Int>) throws {
        let update = OptimizerUpdate(model)
        for number in updates {
            try Self.goldens.setGradients(golden, number, of: model)
            try update.apply()
        }
    }

    @Test(arguments: names) func `variables follow Keras's for nine updates`(_ name: String) throws {
        let (golden, model) = try start(name)
        let update = OptimizerUpdate(model)
        let steps = golden["after_step"]!.arrayValue!
        try #require(steps.count == 9)
        for (number, expected) in steps.enumerated() {
            try #require(expected.arrayValue?.count == model.parameters.count)
            try Self.goldens.setGradients(golden, number, of: model)
            try update.apply()
            for (index, values) in expected.arrayValue!.enumerated() {
                let difference = distance(model.weights(at: index), values.floats)
                #expect(difference < 3e-6, "update \(number), \(model.parameters[index].path)")
            }
        }
    }

    @Test(arguments: names) func `what is remembered is written as Keras writes it`(_ name: String) throws {
        let (golden, model) = try start(name)
        let expected = golden["state_after"]!.arrayValue!
        try update(model, golden, 0..<golden["after_step"]!.arrayValue!.count)
        let scratch = try Scratch()
        try model.save(scratch.path("saved.keras"))
        let file = try scratch.weights(of: scratch.path("saved.keras"))
        let found = try file.datasets().filter { $0.name.hasPrefix("/optimizer/") }
        let names = expected.map { "/" + $0.arrayValue![0].stringValue! }
        #expect(found.map(\.name).sorted() == names.sorted())
        for item in expected.map({ $0.arrayValue! }) {
            let object = item[0].stringValue!
            try #require(try file.exists(object))
            #expect(try file.shape(of: object) == item[1].arrayValue!.map { $0.integerValue! }, "\(object)")
            let isWhole = item[2].stringValue == "int"
            let values = isWhole ? [Float(try file.readInteger(object))] : try file.readFloats(object)
            #expect(distance(values, item[3].floats) < 3e-6, "\(object)")
        }
    }

    @Test(arguments: names) func `a saved optimizer goes on as if it had not been saved`(_ name: String) throws {
        let (golden, model) = try start(name)
        try update(model, golden, 0..<5)
        let scratch = try Scratch()
        try model.save(scratch.path("saved.keras"))
        let loaded = try Model.load(scratch.path("saved.keras"))
        #expect(loaded.compilationProblem == nil)
        #expect(loaded.iterations == model.iterations)
        try update(model, golden, 5..<9)
        try update(loaded, golden, 5..<9)
        for index in model.parameters.indices { #expect(loaded.weights(at: index) == model.weights(at: index)) }
        try model.save(scratch.path("first.keras"))
        try loaded.save(scratch.path("second.keras"))
        #expect(try bytes(scratch.path("first.keras")) == bytes(scratch.path("second.keras")))
    }

    @Test(arguments: goldens.cases.filter { $0.value["rates"] != nil }.map(\.key))
    func `schedules give Keras's step sizes`(_ name: String) throws {
        let golden = Self.goldens.golden(name)
        let optimizer = try goldenOptimizer(golden)
        let rates = golden["rates"]!.floats
        try #require(rates.count == Self.goldens.steps.count && !rates.isEmpty)
        for (step, expected) in zip(Self.goldens.steps, rates) {
            let found = optimizer.learningRate(at: step)
            #expect(abs(found - expected) <= 2e-6 * max(abs(expected), 0.01), "step \(step): \(found), not \(expected)")
        }
    }
}
