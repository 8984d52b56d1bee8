import DataSource
import Engine
import Foundation
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import Training

/// The whole models of `fixtures/goldens/models/<family>.zip`: a `.keras` file beside what Keras computes with it.
package struct ModelGoldens: Sendable {
    package let family: String
    /// The names of all cases.
    package let cases: [String]

    var archive: String { Fixtures.path("goldens/models/\(family).zip") }

    package init(_ family: String) {
        self.family = family
        do {
            let about = try ZipArchive.read("about.json", from: Fixtures.path("goldens/models/\(family).zip"))!
            cases = try JSONValue(parsing: about)["cases"]!.arrayValue!.map { $0.stringValue! }
        } catch {
            fatalError("fixtures/goldens/models/\(family).zip: \(error)")
        }
    }

    /// The model of a case, as Keras saved it.
    @discardableResult
    package func load(_ name: String) throws -> Model {
        let path = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString).keras").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(try ZipArchive.read("\(name).keras", from: archive)!).write(to: URL(filePath: path))
        return try Model.load(path)
    }

    /// What differs from Keras in a case; empty when nothing does.
    package func differences(in name: String) throws -> [String] {
        let golden = try JSONValue(parsing: try ZipArchive.read("\(name).json", from: archive)!)
        let saved = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString).keras").path
        defer { try? FileManager.default.removeItem(atPath: saved) }
        var check = try ModelGoldenCheck(load(name), golden)
        try check.predictions(savedTo: saved)
        try check.training()
        return check.differences
    }
}

/// One case: the model and what Keras computes with it.
private struct ModelGoldenCheck {
    let model: Model
    let golden: JSONValue
    private(set) var differences: [String] = []

    init(_ model: Model, _ golden: JSONValue) {
        self.model = model
        self.golden = golden
    }

    private var tolerance: Float { Float(golden["tolerance"]?.doubleValue ?? 2e-5) }

    private mutating func compare(_ what: String, _ found: [Float], _ expected: JSONValue) {
        let difference = distance(found, expected.floats)
        guard difference > tolerance || difference.isNaN else { return }
        let counts =
            found.count == expected.floats.count ? "" : " (\(found.count) numbers, not \(expected.floats.count))"
        differences.append("\(what) differs by \(difference)\(counts)")
    }

    private func batch() throws -> Batch {
        let columns = golden["inputs"]!.arrayValue!.map { input in
            let (name, shape) = (input["name"]!.stringValue!, input["shape"]!.shape.withoutFirst)
            return ScalarType(rawValue: input["dtype"]!.stringValue!)?.isFloatingPoint == false
                ? ArrayColumn(name, input["values"]!.floats.map { Int32($0) }, rowShape: shape)
                : ArrayColumn(name, input["values"]!.floats, rowShape: shape)
        }
        return try Batch(inputs: columns, inputTypes: model.inputs.map(\.type))
    }

    /// Predictions, and that a saved model predicts the same bytes.
    mutating func predictions(savedTo path: String) throws {
        let outputs = try model.predictAllOnBatch(batch())
        let expected = golden["outputs"]!.arrayValue!
        guard outputs.count == expected.count else {
            differences.append("\(outputs.count) outputs, expected \(expected.count)")
            return
        }
        for (index, output) in outputs.enumerated() {
            compare("output \(index)", output, expected[index]["values"]!)
        }
        let original = try ModelGoldenCheck.weights(model)
        try model.save(path)
        let loaded = try Model.load(path)
        if try loaded.predictAllOnBatch(batch()).map({ $0.map(\.bitPattern) }) != outputs.map({ $0.map(\.bitPattern) })
        {
            differences.append("a saved model predicts something else")
        }
        if try ModelGoldenCheck.weights(loaded) != original { differences.append("a saved model has other weights") }
    }

    private static func weights(_ model: Model) throws -> [String] {
        model.weights.map { "\($0.name) \($0.shape) \($0.values.map(\.bitPattern))" }
    }

    /// One step in training mode: outputs, gradients of `Σ output · cotangent` and added losses, and the state after it.
    mutating func training() throws {
        // Predicting went on with the state of a stateful layer; Keras's values begin anew.
        model.resetStates()
        let graph = Graph()
        let shapes = golden["inputs"]!.arrayValue!.map { $0["shape"]!.shape }
        let inputs = model.inputs.enumerated().map { index, input in
            graph.input("input_\(index)", shape: shapes[index], type: input.type)
        }
        let trace = model.trace(graph, inputs: inputs, isTraining: true)
        var outputs: [String: Tensor] = [:]
        for (index, output) in trace.outputs.enumerated() { outputs["out_\(index)"] = output.casted(to: .float32) }
        var loss = graph.constant(0, shape: [])
        for (index, output) in trace.outputs.enumerated() {
            loss = loss + (output * graph.input("cotangent_\(index)", shape: output.shape)).sum()
        }
        loss = trace.losses.reduce(loss) { $0 + $1 }
        let added = trace.losses.reduce(graph.constant(0, shape: [])) { $0 + $1 }
        outputs["added"] = added
        let trained = model.parameters.indices.filter { model.parameters[$0].isTrainable }
        let floats = inputs.indices.filter { model.inputs[$0].type == .float32 }
        let targets =
            floats.map { inputs[$0] }
            + trained.map { graph.parameter($0, shape: model.parameters[$0].specification.shape) }
        if golden["weight_gradients"] != nil {
            for (index, gradient) in graph.gradients(of: loss, withRespectTo: targets).enumerated() {
                outputs["gradient_\(index)"] = gradient
            }
        }
        for update in trace.updates { outputs["update_\(update.parameter)"] = update.tensor }
        let plan = try Plan(
            graph, store: model.store, arena: ActivationArena(ledger: model.ledger), propagation: .training,
            outputs: outputs)
        // An output may be an input's own memory.
        let memory = run(plan)
        defer { withExtendedLifetime(memory) {} }
        if let expected = golden["training_outputs"]?.arrayValue {
            for (index, output) in expected.enumerated() {
                compare("output \(index) in training", Array(plan.output("out_\(index)")), output["values"]!)
            }
        }
        if let expected = golden["added_loss"] {
            compare("added loss", Array(plan.output("added")), .array([expected]))
        }
        compareGradients(plan, floats, trained)
        compareState(plan, trace)
    }

    /// Runs the plan on the case's inputs, which lie in the memory that is returned.
    private func run(_ plan: Plan) -> [TestBuffer] {
        var memory: [TestBuffer] = []
        func bind(_ name: String, _ values: [Float], _ type: ScalarType = .float32) {
            let buffer = TestBuffer(byteCount: max(4, values.count * 4))
            if type == .int32 {
                let integers = buffer.bytes.bindMemory(to: Int32.self)
                for (index, value) in values.enumerated() { integers[index] = Int32(value) }
            } else {
                _ = buffer.floats.update(from: values)
            }
            memory.append(buffer)
            plan.setInput(name, to: buffer.address)
        }
        for (index, input) in golden["inputs"]!.arrayValue!.enumerated() {
            bind("input_\(index)", input["values"]!.floats, model.inputs[index].type)
        }
        for (index, cotangent) in golden["cotangents"]!.arrayValue!.enumerated() {
            bind("cotangent_\(index)", cotangent.floats)
        }
        var state = RunState()
        plan.run(&state)
        return memory
    }

    private mutating func compareGradients(_ plan: Plan, _ floats: [Int], _ trained: [Int]) {
        guard let expected = golden["weight_gradients"]?.arrayValue else { return }
        for (position, input) in floats.enumerated() {
            compare(
                "gradient of input \(input)", Array(plan.output("gradient_\(position)")),
                golden["input_gradients"]!.arrayValue![input])
        }
        guard expected.count == trained.count else {
            differences.append(
                "\(trained.count) trained weights (\(trained.map { model.parameters[$0].path })), expected "
                    + "\(expected.compactMap { $0["path"]?.stringValue })")
            return
        }
        for (position, item) in expected.enumerated() {
            let path = item["path"]!.stringValue!
            checkName(model.parameters[trained[position]], path)
            compare("gradient of \(path)", Array(plan.output("gradient_\(floats.count + position)")), item["values"]!)
        }
    }

    /// Weights that are not trained: statistics and states have new values after the step.
    private mutating func compareState(_ plan: Plan, _ trace: ModelTrace) {
        let others = model.parameters.indices.filter {
            !model.parameters[$0].isTrainable && model.parameters[$0].specification.isStored
        }
        let expected = golden["state_after"]!.arrayValue!
        guard expected.count == others.count else {
            differences.append(
                "\(others.count) weights that are not trained (\(others.map { model.parameters[$0].path })), expected "
                    + "\(expected.compactMap { $0["path"]?.stringValue })")
            return
        }
        for (index, item) in zip(others, expected) {
            let path = item["path"]!.stringValue!
            checkName(model.parameters[index], path)
            let isUpdated = trace.updates.contains { $0.parameter == index }
            compare(
                "\(path) after the step",
                isUpdated ? Array(plan.output("update_\(index)")) : model.weights(at: index), item["values"]!)
        }
    }

    /// Weights are matched by their order; the last part of the path shows that it is Keras's.
    private mutating func checkName(_ parameter: Model.Parameter, _ path: String) {
        guard parameter.specification.name != path.split(separator: "/").last.map(String.init) else { return }
        differences.append("\(parameter.path) stands where Keras has \(path)")
    }
}
