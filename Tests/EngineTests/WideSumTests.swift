import Engine
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// Sums that are wider than a float, and the figures that need them.
@Suite struct WideSumTests {
    @Test(arguments: [[3000, 40], [200_000], [7, 300], [5, 2, 3]] as [Shape])
    func `sums of products are the reference's`(_ shape: Shape) throws {
        let graph = Graph()
        let (x, y) = (graph.input("x", shape: shape), graph.input("y", shape: shape))
        let values = [det(shape, 0.3, 1).map { $0 + 1000 }, det(shape, 0.9, 1)]
        let tensors = x.productSums() + x.productSums(y) + x.productSums(y, x)
        let found = try GraphRun(tensors, inputs: ["x": values[0], "y": values[1]]).outputs
        let expected = ReferenceExecutor.run(
            tensors,
            ReferenceContext(inputs: [
                "x": ReferenceArray(shape, values[0].map(Double.init)),
                "y": ReferenceArray(shape, values[1].map(Double.init)),
            ])
        ).map(\.values)
        for high in stride(from: 0, to: 6, by: 2) {
            for place in expected[high].indices {
                let sum = Double(found[high][place]) + Double(found[high + 1][place])
                let wanted = expected[high][place] + expected[high + 1][place]
                #expect(abs(sum - wanted) <= 1e-9 * (1 + abs(wanted)), "\(high), \(place)")
            }
        }
    }

    @Test func `counts go on above 2²⁴, in one part and in several`() throws {
        for count in [4, 200_000] {
            let graph = Graph()
            let x = graph.input("x", shape: [count])
            let numbers = graph.input("n", shape: [count], type: .int32)
            let values = [16_777_216] + [Float](repeating: 1, count: count - 1)
            let tensors = x.bucketSums(by: numbers, count: 2)
            let found = try GraphRun(
                tensors, inputs: ["x": values], numbers: ["n": [Int32](repeating: 1, count: count)]
            ).outputs
            #expect(Double(found[0][1]) + Double(found[1][1]) == 16_777_216 + Double(count - 1))
            #expect(found[0][0] == 0 && found[1][0] == 0)
        }
    }

    @Test func `figures of numbers far from zero are those of the numbers less their mean`() throws {
        let shape: Shape = [600, 2]
        // Sixteenths, so that adding a large number loses nothing.
        let near = det(shape, 0.3, 2).map { ($0 * 16).rounded() / 16 }
        let off = zip(near, det(shape, 1.9, 1)).map { (($0 + $1) * 16).rounded() / 16 }
        let metrics: [any Metric] = [
            R2Score(), R2Score(classAggregation: .varianceWeightedAverage), PearsonCorrelation(axis: 0),
            ConcordanceCorrelation(axis: 0),
        ]
        for metric in metrics {
            func figure(_ shift: Float) throws -> Double {
                try figures(
                    of: metric, batches: [250, 350], prediction: (shape, off.map { $0 + shift }),
                    target: (shape, near.map { $0 + shift }, .float32),
                    weights: ([600], det([600], 0.2, 0.5).map { $0 + 1 }))[0]
            }
            let (expected, found) = (try figure(0), try figure(40_000))
            #expect(expected > 0.3 && expected < 0.99)
            #expect(abs(found - expected) < 1e-5, "\(metric.name): \(found), expected \(expected)")
        }
    }

    @Test func `a row of zeros has no direction, and no NaN in its gradient`() throws {
        let graph = Graph()
        let x = graph.input("x", shape: [2, 3])
        let y = graph.input("y", shape: [2, 3])
        let loss = CosineSimilarity().values(prediction: x, target: y)
        let slope = graph.gradients(of: loss.sum(), withRespectTo: [x])[0]
        let found = try GraphRun([loss, slope], inputs: ["x": [0, 0, 0, 3, 4, 0], "y": [1, 2, 3, 3, 4, 0]]).outputs
        #expect(abs(found[0][0]) < 1e-6 && abs(found[0][1] + 1) < 1e-6)
        #expect(found[1].allSatisfy { $0.isFinite })
    }
}
