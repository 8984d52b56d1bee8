import Engine
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// Shapes of targets and predictions that accuracies take, and how they refuse others.
@Suite struct AccuracyShapeTests {
    private func figure(
        _ metric: any Metric, _ prediction: (Shape, [Float]), _ target: (Shape, [Float]), _ type: ScalarType = .float32
    ) throws -> Double {
        try figures(
            of: metric, batches: [prediction.0[0]], prediction: prediction, target: (target.0, target.1, type))[0]
    }

    @Test func `one score a sample is binary, with and without an axis of its own`() throws {
        for metric in [Accuracy(), BinaryAccuracy()] as [any Metric] {
            for shape in [[4], [4, 1]] as [Shape] {
                for target in [[4], [4, 1]] as [Shape] {
                    #expect(try figure(metric, (shape, [0.9, 0.2, 0.6, 0.1]), (target, [1, 0, 0, 0])) == 0.75)
                }
            }
        }
    }

    @Test func `class numbers in a column of floats are sparse, as in Keras`() throws {
        let scores: [Float] = [0.1, 0.7, 0.2, 0.5, 0.3, 0.2]
        #expect(try figure(Accuracy(), ([2, 3], scores), ([2, 1], [1, 2])) == 0.5)
        #expect(try figure(Accuracy(), ([2, 3], scores), ([2], [1, 0]), .int32) == 1)
        #expect(try figure(Accuracy(), ([2, 3], scores), ([2, 3], [0, 1, 0, 0, 0, 1])) == 0.5)
    }

    @Test(
        arguments: [
            (BinaryAccuracy() as any Metric, [2, 3], [2]), (BinaryAccuracy(), [2, 3], [2, 2]),
            (Accuracy(), [2], [2, 3]), (CategoricalAccuracy(), [2, 3], [2, 4]), (CategoricalAccuracy(), [2], [2]),
            (SparseCategoricalAccuracy(), [1], [1]), (SparseCategoricalAccuracy(), [2, 3], [2, 3]),
            (Accuracy(), [2, 3], [2, 4]),
        ] as [(any Metric, Shape, Shape)])
    func `shapes that do not fit are named`(_ metric: any Metric, _ prediction: Shape, _ target: Shape) {
        let graph = Graph()
        let (x, y) = (graph.input("x", shape: prediction), graph.input("y", shape: target))
        let error = #expect(throws: ModelError.self) {
            try metric.contributions(prediction: x, target: y, weights: nil)
        }
        #expect(
            error?.description.contains("metric \(metric.name): expects") == true
                || error?.description.contains("metric \(metric.name): the loss takes") == true)
    }
}
