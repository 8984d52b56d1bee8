import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// `Normalization` against Keras: `fixtures/goldens/normalization.json`.
@Suite struct NormalizationGoldenTests {
    static let cases = Fixtures.goldens("normalization").filter { $0.key.hasPrefix("layer_") }

    @Test(arguments: cases.map(\.key))
    func `output and input gradient are Keras's`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let layer = try decodeLayer(kind: "Normalization", config: golden["config"]!)
        let inputShape = golden["in_shape"]!.shape
        #expect(try layer.outputShape(of: inputShape.withoutFirst) == inputShape.withoutFirst)
        let specifications = layer.parameters(for: inputShape.withoutFirst)
        let weights = golden["weights"]!.arrayValue!.map { $0.arrayValue! }
        #expect(specifications.map(\.name) == weights.map { $0[0].stringValue! })
        #expect(specifications.map(\.shape) == weights.map { $0[1].shape })
        #expect(specifications.allSatisfy { !$0.isTrainable })
        let harness = try LayerHarness(layer, inputShape: inputShape)
        let result = try harness.run(det(inputShape, 0.1, 1), weights.map { $0[2].floats })
        let step = golden["step"]!.integerValue!
        func thinned(_ values: [Float]) -> [Float] { stride(from: 0, to: values.count, by: step).map { values[$0] } }
        #expect(distance(thinned(result.output), golden["out"]!.floats) < 2e-7)
        #expect(distance(thinned(result.inputGradient), golden["grad_x"]!.floats) < 2e-7)
        // To Keras the statistics are constants.
        #expect(result.weightGradients.allSatisfy { $0.allSatisfy { $0 == 0 } })
    }
}
