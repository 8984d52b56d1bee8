import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// Layers against Keras: `fixtures/goldens/layers.json`.
@Suite struct LayerGoldenTests {
    static let cases = Fixtures.goldens("layers")

    @Test(arguments: cases.map(\.key))
    func `output and gradients are Keras's`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let layer = try decodeLayer(kind: golden["class_name"]!.stringValue!, config: golden["config"]!)
        let inputShape = golden["in_shape"]!.shape
        #expect(try layer.outputShape(of: inputShape.withoutFirst) == golden["out_shape"]!.shape.withoutFirst)
        let harness = try LayerHarness(layer, inputShape: inputShape)
        #expect(harness.parameterShapes == golden["weights"]!.arrayValue!.map { $0.arrayValue![1].shape })
        let weights = harness.parameterShapes.enumerated().map { det($1, Double($0 + 1), 0.3) }
        let result = try harness.run(det(inputShape, 0.1, 1), weights)
        #expect(distance(result.output, golden["out"]!.floats) < 5e-6)
        #expect(distance(result.inputGradient, golden["grad_x"]!.floats) < 1e-5)
        #expect(result.weightGradients.count == golden["grad_w"]!.arrayValue!.count)
        for (found, expected) in zip(result.weightGradients, golden["grad_w"]!.arrayValue!) {
            #expect(distance(found, expected.floats) < 1e-5)
        }
        #expect(abs(Float(result.loss) - Float(golden["loss"]!.doubleValue!)) < 1e-4)
    }
}
