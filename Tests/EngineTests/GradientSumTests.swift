import Engine
import Memory
import TestSupport
import Testing

/// Gradients of a tensor that many slices are taken of.
@Suite struct GradientSumTests {
    private let shape: Shape = [2, 6, 3]

    /// The gradient of the weighted squares of slices.
    private func gradient(of ranges: [Range<Int>], isUsedWhole: Bool = false) throws -> (
        found: [Float], names: [String]
    ) {
        let graph = Graph()
        let x = graph.input("x", shape: shape, type: .float32)
        var loss = graph.constant(0, shape: [])
        for (index, range) in ranges.enumerated() {
            loss = loss + (x.sliced(axis: 1, range).square() * Float(index + 1)).sum()
        }
        if isUsedWhole { loss = loss + x.sum() }
        let gradient = graph.gradients(of: loss, withRespectTo: [x])[0]
        let names = graph.nodesNeeded(for: [gradient.id]).map { graph.nodes[$0].operation.name }
        return (try GraphRun([gradient], inputs: ["x": values]).outputs[0], names)
    }

    private var values: [Float] { (0..<36).map { Float($0 * 7 % 11) - 5 } }

    private func expected(_ ranges: [Range<Int>], isUsedWhole: Bool = false) -> [Float] {
        values.enumerated().map { place, value in
            let step = place / 3 % 6
            let factor = ranges.enumerated().reduce(0) { $0 + ($1.element.contains(step) ? $1.offset + 1 : 0) }
            return 2 * Float(factor) * value + (isUsedWhole ? 1 : 0)
        }
    }

    @Test func `parts that do not overlap are put behind one another, gaps are zero`() throws {
        for ranges in [[0..<1, 1..<2, 2..<3, 3..<4, 4..<5, 5..<6], [4..<6, 1..<2, 2..<3], [0..<2, 3..<4, 4..<5]] {
            for isUsedWhole in [false, true] {
                let (found, names) = try gradient(of: ranges, isUsedWhole: isUsedWhole)
                #expect(found == expected(ranges, isUsedWhole: isUsedWhole), "\(ranges)")
                #expect(!names.contains("insert") && names.filter { $0 == "concatenate" }.count == 1, "\(names)")
            }
        }
    }

    @Test func `parts that overlap, and two alone, are added up`() throws {
        for ranges in [[0..<3, 2..<5, 4..<6], [0..<1, 1..<2], [0..<6, 0..<6, 0..<6, 1..<2]] {
            #expect(try gradient(of: ranges).found == expected(ranges), "\(ranges)")
        }
    }
}
