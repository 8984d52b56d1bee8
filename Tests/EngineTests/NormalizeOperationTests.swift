import Engine
import Memory
import TestSupport
import Testing

@Suite struct NormalizeOperationTests {
    private typealias Case = OperationHarness.Case

    private static let shapes: [Shape] = [[6, 5], [3, 4, 4, 3], [40, 16], [2, 3, 130], [7, 1], [9, 513], [1, 4]]

    private func check(_ shapes: [Shape], _ function: @escaping @Sendable ([Tensor]) -> Tensor) throws {
        for (what, distance) in try OperationHarness().check(Case(name: "", shapes: shapes, function: function)) {
            #expect(distance < 1e-4, "\(shapes) \(what): \(distance)")
        }
    }

    @Test(arguments: shapes)
    func `batch normalization is the reference's, and gradients are slopes`(_ shape: Shape) throws {
        let channels = Shape([shape.last])
        try check([shape, channels, channels]) {
            $0[0].batchNormalized(scale: $0[1], offset: $0[2], epsilon: 0.1).output
        }
        try check([shape, channels, channels]) {
            let mean = $0[1].graph.constant(0.3, shape: channels)
            let variance = $0[1].graph.constant(0.7, shape: channels)
            return $0[0].batchNormalized(
                scale: $0[1], offset: $0[2], mean: mean, variance: variance, epsilon: 1e-3)
        }
    }

    @Test(arguments: shapes)
    func `an activation behind batch normalization is part of it`(_ shape: Shape) throws {
        let channels = Shape([shape.last])
        try check([shape, channels, channels]) {
            $0[0].batchNormalized(scale: $0[1], offset: $0[2], epsilon: 0.1).output.relu()
        }
        try check([shape, channels, channels]) {
            $0[0].batchNormalized(scale: $0[1], offset: $0[2], epsilon: 0.1).output.clipped(from: -0.4, to: 0.5)
        }
    }

    @Test func `an activation's mask knows the offset even where its memory has been used again`() throws {
        try check([[6, 5], [5], [5]]) { inputs in
            let offset = inputs[2].scaled(by: 2, offset: 0.1)
            let output = inputs[0].batchNormalized(scale: inputs[1], offset: offset, epsilon: 0.1).output.relu()
            return output + offset.exp().sum()
        }
    }

    @Test func `batch statistics are the mean and the biased variance`() throws {
        let example = Case(name: "", shapes: [[4, 3]]) {
            let graph = $0[0].graph
            let result = $0[0].batchNormalized(
                scale: graph.constant(1, shape: [3]), offset: graph.constant(0, shape: [3]), epsilon: 1e-3)
            return Tensor.concatenate([result.mean, result.variance], axis: 0)
        }
        // Gradients do not go through the statistics, so that slopes are not compared.
        let output = try OperationHarness().check(example).first { $0.what == "output" }
        #expect(output!.distance < 1e-6)
    }

    @Test(arguments: shapes, [true, false])
    func `rows are normalized as the reference does, and gradients are slopes`(_ shape: Shape, isCentred: Bool) throws {
        // One number a row has no variance: its gradient is all rounding.
        guard shape.last > 1 || !isCentred else { return }
        try check([shape, [shape.last], [shape.last]]) {
            $0[0].rowNormalized(scale: $0[1], offset: $0[2], epsilon: 1e-2, isCentred: isCentred)
        }
    }

    @Test func `bfloat16 is normalized in float32 and rounded once`() throws {
        let shape: Shape = [12, 9]
        for isBatch in [true, false] {
            let example = Case(name: "", shapes: [shape, [9], [9]]) {
                let x = $0[0].casted(to: .bfloat16)
                return isBatch
                    ? x.batchNormalized(scale: $0[1], offset: $0[2], epsilon: 0.1).output.relu()
                    : x.rowNormalized(scale: $0[1], offset: $0[2], epsilon: 0.1)
            }
            for (what, distance) in try OperationHarness().check(example) {
                #expect(distance < 3e-2, "\(what): \(distance)")
            }
        }
    }
}
