import Engine
import Memory
import TestSupport
import Testing

/// The largest elements of rows.
@Suite struct RankingTests {
    @Test(arguments: [1, 2, 3, 7])
    func `the largest of each row are the reference's`(_ count: Int) throws {
        let graph = Graph()
        let x = graph.input("x", shape: [2, 3, 5])
        var values = det([2, 3, 5], 0.3, 1)
        // Equal ones, and one that is no number.
        values[6] = values[8]
        values[11] = .nan
        for place in 20..<25 { values[place] = 2 }
        let tensors = [x.topMask(count), x.indexOfLargest()]
        let run = try GraphRun(tensors, inputs: ["x": values])
        let expected = ReferenceExecutor.run(
            tensors, ReferenceContext(inputs: ["x": ReferenceArray([2, 3, 5], values.map(Double.init))]))
        for (found, expected) in zip(run.outputs, expected) { #expect(found == expected.values.map { Float($0) }) }
        #expect(run.outputs[0][20..<25].prefix(count).allSatisfy { $0 == 1 })
    }

    @Test func `many rows are the reference's, whichever thread they are on`() throws {
        let graph = Graph()
        let x = graph.input("x", shape: [2000, 10])
        let values = det([2000, 10], 0.3, 1)
        let run = try GraphRun([x.topMask(3)], inputs: ["x": values])
        let expected = ReferenceExecutor.run(
            [x.topMask(3)], ReferenceContext(inputs: ["x": ReferenceArray([2000, 10], values.map(Double.init))]))
        #expect(run.outputs[0] == expected[0].values.map { Float($0) })
    }

    @Test func `sums by number leave out numbers that are none`() throws {
        let graph = Graph()
        let x = graph.input("x", shape: [2, 3])
        let numbers = graph.input("n", shape: [2, 3], type: .int32)
        let run = try GraphRun(
            [x.bucketSums(by: numbers, count: 3)[0]], inputs: ["x": [1, 2, 3, 4, 5, 6]],
            numbers: ["n": [0, 2, 0, -1, 3, 2]])
        #expect(run.outputs[0] == [4, 0, 8])
    }
}
