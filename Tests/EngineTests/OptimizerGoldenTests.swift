import JSONText
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// Optimizers against Keras: `fixtures/goldens/optimizers.json`.
@Suite struct OptimizerGoldenTests {
    static let cases = Fixtures.goldens("optimizers")
    private static let shapes: [Shape] = [[3, 4], [4], [2, 3, 2]]

    @Test(arguments: cases.map(\.key))
    func `weights follow Keras's for six steps`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let optimizer = goldenOptimizer(golden)
        for (variable, shape) in Self.shapes.enumerated() {
            var weights = det(shape, [0.2, 0.4, 0.6][variable], 0.5)
            let slots = optimizer.slotNames.map { _ in TestBuffer(byteCount: shape.elementCount * 4) }
            for step in 0..<6 {
                let gradients = det(shape, Double(step) + [0, 1.3, 2.1][variable], 0.8)
                var pointers = slots.map { $0.floats.baseAddress! }
                weights.withUnsafeMutableBufferPointer { weights in
                    gradients.withUnsafeBufferPointer { gradients in
                        pointers.withUnsafeMutableBufferPointer {
                            optimizer.update(
                                weights: weights, gradients: gradients, slots: UnsafeBufferPointer($0), iteration: step)
                        }
                    }
                }
                let expected = golden["after_step"]!.arrayValue![step].arrayValue![variable].floats
                #expect(distance(weights, expected) < 1e-6, "step \(step), variable \(variable)")
            }
        }
    }

    @Test func `a large update is the same however it is split over threads`() {
        let count = 100_003
        let gradients = det([count], 0.3, 1)
        func run(_ ranges: [Range<Int>]) -> [Float] {
            var weights = det([count], 0.1, 1)
            var first = [Float](repeating: 0.1, count: count)
            var second = [Float](repeating: 0.2, count: count)
            weights.withUnsafeMutableBufferPointer { w in
                first.withUnsafeMutableBufferPointer { m in
                    second.withUnsafeMutableBufferPointer { v in
                        gradients.withUnsafeBufferPointer { g in
                            for range in ranges {
                                var slots = [m.baseAddress! + range.lowerBound, v.baseAddress! + range.lowerBound]
                                slots.withUnsafeMutableBufferPointer {
                                    Adam().update(
                                        weights: .init(rebasing: w[range]), gradients: .init(rebasing: g[range]),
                                        slots: UnsafeBufferPointer($0), iteration: 3)
                                }
                            }
                        }
                    }
                }
            }
            return weights
        }
        #expect(run([0..<count]) == run([0..<10, 10..<50_001, 50_001..<count]))
    }
}
