import Engine
import Memory
import Testing

@Suite struct KeptAxesTests {
    @Test(arguments: [
        ([-1], [7]), ([1], [1000]), ([], [3, 2]), ([1], [3, 2, 5]), ([2], [3, 2, 5]), ([3], [3, 2, 5]),
        ([1, 3], [3, 2, 5]),
        ([-1, 1], [3, 2, 5]), ([2, 1], [3, 2, 5]), ([1, 2, 3], [3, 2, 5]), ([2, 4], [2, 3, 1, 4]), ([], []),
    ])
    func `every element of a batch finds its statistics`(_ axes: [Int], _ extents: [Int]) throws {
        let kept = try KeptAxes(axes, of: Shape(extents))
        let positions = axes.map { $0 < 0 ? $0 + extents.count : $0 - 1 }.sorted()
        #expect(kept.axes == positions)
        #expect(kept.shape.dimensions == positions.map { extents[$0] })
        #expect(kept.indices.count == kept.period)
        let batch = 3 * kept.sample.elementCount
        for element in 0..<batch {
            var (rest, coordinates) = (element, [Int]())
            for extent in extents.reversed() {
                coordinates.insert(rest % extent, at: 0)
                rest /= extent
            }
            let expected = positions.reduce(0) { $0 * extents[$1] + coordinates[$1] }
            #expect(Int(kept.indices[element % kept.period]) == expected)
        }
    }

    @Test(arguments: [
        ([3], [5, 4], "axis 3"), ([-4], [5, 4], "axis -4"), ([0], [5, 4], "batch"), ([-3], [5, 4], "batch"),
        ([-1], [], "single number"), ([1, -2], [5, 4], "twice"), ([1, 1], [5], "twice"),
        ([-1], [1 << 16, 1 << 15], "too many"),
    ])
    func `axes that do not fit are named`(_ axes: [Int], _ extents: [Int], _ fragment: String) throws {
        let error = #expect(throws: AxisError.self) { try KeptAxes(axes, of: Shape(extents)) }
        #expect(error?.reason.contains(fragment) == true, "\(error?.reason ?? "")")
    }
}
