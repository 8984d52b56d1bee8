import Engine
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// Every loss of Keras with its options, against Keras: `fixtures/goldens/compiled.zip`.
@Suite struct LossOptionTests {
    static let cases = CompiledGoldens.cases("losses")

    @Test(arguments: cases.map(\.key))
    func `values by reduction and gradients are Keras's`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let tolerance = Float(golden["tolerance"]?.doubleValue ?? 1e-5)
        let graph = Graph()
        let (scores, target, weights) = (golden["y_pred"]!, golden["y_true"]!, golden["sample_weight"]!)
        let input = graph.input("y_pred", shape: scores["shape"]!.shape)
        let prediction =
            switch golden["through"]!.stringValue! {
            case "softmax": input.softmax()
            case "softmax_axis_1": input.softmax(axis: 1)
            case "sigmoid": input.sigmoid()
            default: input
            }
        let factors = graph.input("weights", shape: weights["shape"]!.shape)
        let expected = golden["values"]!.members!
        var truth: Tensor?
        var tensors: [Tensor] = []
        for reduction in expected {
            let config = golden["config"]!["config"]!.setting("reduction", .string(reduction.key))
            let loss = try decodeLoss(golden["config"]!.setting("config", config))
            #expect(loss.reduction.rawValue == reduction.key)
            let specification = try loss.targets(for: input.shape.withoutFirst)
            #expect(specification.accepts(target["shape"]!.shape.withoutFirst))
            let labels =
                truth
                ?? graph.input(
                    "y_true", shape: specification.shape.prepending(input.shape[0]), type: specification.type)
            truth = labels
            for factors in [nil, factors] {
                tensors.append(
                    loss.reduced(prediction: prediction, target: labels, weights: factors, mask: nil).value)
            }
        }
        let first = 2 * expected.firstIndex { $0.key == "sum_over_batch_size" }!
        tensors += tensors[first..<first + 2].map { graph.gradients(of: $0, withRespectTo: [input])[0] }
        let values = target["values"]!.floats
        let areNumbers = truth!.type.scalar == .int32
        let run = try GraphRun(
            tensors,
            inputs: ["y_pred": scores["values"]!.floats, "weights": weights["values"]!.floats].merging(
                areNumbers ? [:] : ["y_true": values], uniquingKeysWith: { $1 }),
            numbers: areNumbers ? ["y_true": values.map { Int32($0) }] : [:])
        let found = run.outputs
        for (index, reduction) in expected.enumerated() {
            let pair = Array(found[2 * index..<2 * index + 2].joined())
            #expect(distance(pair, reduction.value.floats) < tolerance, "\(reduction.key): \(pair)")
        }
        for (gradient, expected) in zip(found.suffix(2), golden["gradients"]!.arrayValue!) {
            #expect(distance(gradient, expected.floats) < tolerance)
        }
        #expect(run.state.invalidLabel == nil)
    }

    @Test func `a binary cross-entropy behind a sigmoid has a gradient where the probability is 0 in bfloat16`() throws
    {
        let graph = Graph()
        let logits = graph.input("x", shape: [3, 1])
        let prediction = logits.casted(to: .bfloat16).sigmoid().casted(to: .float32)
        let target = graph.constant([1, 1, 0], shape: [3, 1])
        let loss = BinaryCrossentropy().reduced(prediction: prediction, target: target, weights: nil, mask: nil).value
        let gradient = graph.gradients(of: loss, withRespectTo: [logits])[0]
        let run = try GraphRun([loss, gradient], inputs: ["x": [-200, 0, 200]])
        #expect(distance(run.outputs[0], [(200 + 0.693_147_2 + 200) / 3]) < 1e-6)
        // A third is rounded on its way back through the cast.
        #expect(distance(run.outputs[1], [-1.0 / 3, -0.5 / 3, 1.0 / 3]) < 1e-3)
    }

    @Test(arguments: [Float(0), 0.5, 1, 2])
    func `focal losses are finite at probabilities of 0 and 1`(_ gamma: Float) throws {
        let graph = Graph()
        let scores = graph.input("x", shape: [2, 2])
        let target = graph.constant([1, 0, 0, 1], shape: [2, 2])
        var tensors: [Tensor] = []
        for (loss, prediction) in [
            (BinaryFocalCrossentropy(gamma: gamma) as any Loss, scores.sigmoid()),
            (BinaryFocalCrossentropy(gamma: gamma), scores.clipped(from: 0, to: 1)),
            (CategoricalFocalCrossentropy(gamma: gamma), scores.softmax()),
        ] {
            let value = loss.reduced(prediction: prediction, target: target, weights: nil, mask: nil).value
            tensors += [value, graph.gradients(of: value, withRespectTo: [scores])[0]]
        }
        for output in try GraphRun(tensors, inputs: ["x": [300, -300, 300, -300]]).outputs {
            #expect(output.allSatisfy { $0.isFinite }, "\(output)")
        }
    }

    @Test func `masks and labels that are ignored count for nothing`() throws {
        let graph = Graph()
        let scores = graph.input("x", shape: [2, 2, 3])
        let target = graph.input("y", shape: [2, 2], type: .int32)
        let mask = graph.constant([1, 0, 1, 1], shape: [2, 2])
        let loss = SparseCategoricalCrossentropy(fromLogits: true, ignoredClass: 9)
        let both = loss.reduced(prediction: scores, target: target, weights: nil, mask: mask).value
        let each = loss.values(prediction: scores, target: target)
        let x = det([2, 2, 3], 0.1, 1)
        let run = try GraphRun([both, each], inputs: ["x": x], numbers: ["y": [0, 1, 9, 2]])
        #expect(run.outputs[1][2] == 0)
        #expect(distance(run.outputs[0], [(run.outputs[1][0] + run.outputs[1][3]) / 2]) < 1e-6)
        let nothing = try GraphRun([both], inputs: ["x": x], numbers: ["y": [9, 9, 9, 9]])
        #expect(nothing.outputs[0] == [0])
    }

    @Test func `losses say which targets and predictions they take`() throws {
        func refusal(_ loss: any Loss, _ shape: Shape) -> String {
            do { return "takes \(try loss.targets(for: shape).shape)" } catch { return error.description }
        }
        #expect(refusal(CategoricalCrossentropy(), []).contains("categorical_crossentropy: axis -1"))
        #expect(refusal(BinaryCrossentropy(axis: 0), [3]).contains("0 is the batch"))
        #expect(refusal(SparseCategoricalCrossentropy(axis: 3), [4, 5]).contains("axes 1 to 2"))
        #expect(refusal(SparseCategoricalCrossentropy(axis: 1), [4, 5]) == "takes \(Shape([5]))")
        #expect(refusal(Dice(axes: [1, 4]), [4, 5]).contains("axes [1, 4]"))
        #expect(refusal(CTC(), [4]).contains("(steps, classes)"))
        #expect(refusal(CTC(labelCount: 7), [12, 4]) == "takes \(Shape([7]))")
        #expect(refusal(Circle(), [4, 5]).contains("one vector"))
    }

    @Test func `a closure is a loss that equals its copies alone`() throws {
        let cubic = CustomLoss("cubic") { prediction, target in
            let error = (prediction - target).abs()
            return (error * error * error).mean(axes: [-1])
        }
        let copy = cubic
        #expect(copy == cubic)
        #expect(CustomLoss("cubic") { prediction, _ in prediction } != cubic)
        #expect(Set([cubic, copy]).count == 1)
        let graph = Graph()
        let x = graph.input("x", shape: [1, 2])
        let y = graph.constant([0, 1], shape: [1, 2])
        let value = cubic.reduced(prediction: x, target: y, weights: nil, mask: nil).value
        let run = try GraphRun([value, graph.gradients(of: value, withRespectTo: [x])[0]], inputs: ["x": [2, -1]])
        #expect(distance(run.outputs[0], [8]) < 1e-6)
        #expect(distance(run.outputs[1], [6, -6]) < 1e-6)
    }
}
