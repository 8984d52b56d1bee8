import DataSource
import Engine
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// What Keras could not load is refused by name, before anything is written.
@Suite struct SaveErrorTests {
    private final class Doubling: Layer {
        override var kind: String { "Doubling" }
        override func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] { inputs }
        override func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] { inputs.map { $0.scaled(by: 2) } }
    }

    private struct Cubic: Regularizer {
        static let kind = "Cubic"
        func callAsFunction(_ weight: Tensor) -> Tensor { (weight * weight * weight).sum() }
    }

    private struct Halved: Constraint {
        static let kind = "Halved"
        func callAsFunction(_ weight: Tensor) -> Tensor { weight.scaled(by: 0.5) }
    }

    private func expectRefused(
        _ model: Model, _ fragments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let scratch = try Scratch()
        let error = #expect(throws: KerasFileError.self, sourceLocation: sourceLocation) {
            try model.save(scratch.path("refused.keras"))
        }
        #expect(error?.kind == .invalid, sourceLocation: sourceLocation)
        for fragment in fragments {
            #expect(
                error?.reason.contains(fragment) == true, "\(error?.reason ?? "")", sourceLocation: sourceLocation)
        }
        #expect(try scratch.names == [], sourceLocation: sourceLocation)
    }

    @Test func `an operation in a Sequential model`() throws {
        let model = try Sequential(input: [4], name: "chain") {
            Dense(3)
            OperationLayer(.multiply, options: ["x2": .number(2)], name: "twice")
        }
        try expectRefused(model, "chain/twice", "Sequential")
        let input = Input(4)
        let outer = try Model(inputs: [input], outputs: [try model(input)], name: "outer")
        try expectRefused(outer, "outer/chain/twice", "Sequential")
    }

    @Test func `layers of one's own, however deep within others`() throws {
        try expectRefused(
            Sequential(input: [4], name: "own") { Doubling(name: "double") }, "own/double (Doubling)",
            "no configuration in Keras")
        try expectRefused(
            Sequential(input: [2, 3, 4], name: "own") {
                TimeDistributed(TimeDistributed(Doubling(name: "double")), name: "each")
            }, "own/each", "double (Doubling)")
    }

    @Test func `nested wrappers of layers that Keras has`() throws {
        let scratch = try Scratch()
        let model = try Sequential(input: [2, 3, 4]) { TimeDistributed(TimeDistributed(Dense(2))) }
        try model.save(scratch.path("nested.keras"))
        try expectSame(try Model.load(scratch.path("nested.keras")), model)
    }

    @Test func `regularizers and constraints of one's own, on weights that are there and on others`() throws {
        let cases: [(Layer, String)] = [
            (with(Dense(2)) { $0.kernel.regularizer = Cubic() }, "kernel_regularizer is Cubic"),
            (with(Dense(2, useBias: false)) { $0.bias.regularizer = Cubic() }, "bias_regularizer is Cubic"),
            (with(Dense(2, useBias: false)) { $0.bias.constraint = Halved() }, "bias_constraint is Halved"),
            (with(Dense(2)) { $0.activityRegularizer = Cubic() }, "activity_regularizer is Cubic"),
            (
                with(BatchNormalization(center: false)) { $0.beta.regularizer = Cubic() },
                "beta_regularizer is Cubic"
            ),
        ]
        for (layer, expected) in cases {
            layer.name = "mine"
            let model = try Sequential(input: [4], name: "own") { layer }
            try expectRefused(model, "layer own/mine", expected)
        }
        var options = CellOptions()
        options.recurrent.constraint = Halved()
        try expectRefused(
            Sequential(input: [3, 4], name: "own") { RNN(LSTMCell(2, options, name: "cell"), name: "loop") },
            "own/loop/cell (LSTMCell)", "recurrent_constraint is Halved")
    }

    private func with<Kind: Layer>(_ layer: Kind, _ change: (Kind) -> Void) -> Kind {
        change(layer)
        return layer
    }

    @Test func `names that Keras does not take`() throws {
        try expectRefused(try Sequential(input: [4], name: "a/b") { Dense(2) }, "\"a/b\"", "/")
        try expectRefused(try Sequential(input: [4], name: "a") { Dense(2, name: "b/c") }, "\"b/c\"", "a/b/c")
    }

    @Test func `an orthogonal regularizer of what is no matrix is an error of the model`() throws {
        let regularizer = OrthogonalRegularizer()
        let kernel = #expect(throws: ModelError.self) {
            try Sequential(input: [4]) {
                with(EinsumDense("ab,bcd->acd", outputShape: [2, 3], name: "heads")) {
                    $0.kernel.regularizer = regularizer
                }
            }
        }
        #expect(kernel?.description.contains("heads") == true && kernel?.description.contains("(4, 2, 3)") == true)
        let activity = #expect(throws: ModelError.self) {
            try Sequential(input: [6, 4]) { with(Dense(3, name: "steps")) { $0.activityRegularizer = regularizer } }
        }
        #expect(activity?.description.contains("steps") == true && activity?.description.contains("(1, 6, 3)") == true)
        var variant = try ModelVariant("digits-convnet.keras")
        try variant.setLayer(3, "kernel_regularizer", ["class_name": "OrthogonalRegularizer", "config": [:]])
        let loaded = #expect(throws: KerasFileError.self) { try variant.load() }
        #expect(loaded?.reason.contains("OrthogonalRegularizer takes matrices") == true)
        _ = try Sequential(input: [4]) {
            with(Dense(3)) { ($0.kernel.regularizer, $0.activityRegularizer) = (regularizer, regularizer) }
        }
    }

    @Test(arguments: [([Float(1 << 25), 1], "vars/2"), ([-1, 1], "vars/2"), ([3, -1], "vars/3")])
    func `a loss scale that cannot have been found is refused`(_ numbers: [Float], _ object: String) throws {
        let scratch = try Scratch()
        let model = try Model.load(Fixtures.path("models/trained-adam.keras"))
        try model.compile(optimizer: .lossScale(.adam()), loss: .categoricalCrossentropy)
        let batch = try Batch(x: det([2, 6], 0.3, 1), shape: [6], y: [1, 0, 0, 0, 1, 0], targetShape: [3])
        try model.trainOnBatch(batch)
        try model.save(scratch.path("scaled.keras"))
        #expect(try Model.load(scratch.path("scaled.keras")).store.slots.numbers["loss_scale"] == [1, 32768])
        model.store.slots.numbers["loss_scale"] = numbers
        try model.save(scratch.path("scaled.keras"))
        let error = #expect(throws: KerasFileError.self) { try Model.load(scratch.path("scaled.keras")) }
        #expect(error?.reason.contains(object) == true, "\(error?.reason ?? "")")
    }

    @Test func `a loss scale that grows after more updates than are counted`() {
        let error = #expect(throws: TrainingError.self) {
            try Sequential(input: [4]) { Dense(2) }.compile(
                optimizer: .lossScale(.sgd(), dynamicGrowthSteps: 1 << 25), loss: .meanSquaredError)
        }
        #expect(error?.description.contains("dynamicGrowthSteps is 33554432") == true)
    }
}
