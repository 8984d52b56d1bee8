import Engine
import NeuralNetwork
import TestSupport
import Testing

@Suite struct LambdaTests {
    @Test func `a closure is a layer with gradients`() throws {
        let x = TestTensor([3, 4])
        let run = try LayerRun(Lambda { $0.square() * 3 }, [x])
        #expect(distance(run.output, x.values.map { 3 * $0 * $0 }) < 1e-6)
        let factors = det([3, 4], 0.9, 1)
        #expect(distance(run.gradients[0], zip(x.values, factors).map { 6 * $0 * $1 }) < 1e-5)
    }

    @Test func `an output of another shape is declared, and may be refused`() throws {
        let halves = Lambda(outputShape: { shape throws(ModelError) in
            guard shape.last.isMultiple(of: 2) else { throw ModelError("the last axis is odd") }
            return [shape.last / 2]
        }) { $0.sliced(axis: 1, 0..<$0.shape[1] / 2) }
        let run = try LayerRun(halves, [TestTensor(counting: [2, 4])])
        #expect(run.shape == [2, 2] && run.output == [1, 2, 5, 6])
        #expect(refusal(halves, [3])?.contains("odd") == true)
    }
}
