/// The grid of a dataset's chunks, and how indexes number them.
///
/// The number of a chunk is its position in row-major order of the present shape. An array index counts in row-major
/// order too, but of the greatest shape, and with the axis that can grow in front (File Format Specification 3.0,
/// sections VII.C and VII.D; HDF5 calls that "swizzled").
struct ChunkGrid {
    /// Chunks along each axis of the present shape.
    let counts: [Int]

    /// Extents of a chunk.
    let chunk: [Int]

    /// All chunks of the present shape.
    let total: Int

    // Axes in the order of the array index, with the number of array positions between neighbours. Empty when the
    // greatest shape has no such order.
    private let axes: [(axis: Int, step: UInt64)]
    private let strides: [Int]
    private let isNatural: Bool

    /// `limits` is the greatest shape, nil for an axis without bound.
    init(shape: [Int], chunk: [Int], limits: [Int?]) {
        self.chunk = chunk
        counts = zip(shape, chunk).map { ($0 + $1 - 1) / $1 }
        total = counts.reduce(1, *)
        axes = Self.arrayAxes(chunk: chunk, limits: limits)
        var strides = [Int](repeating: 1, count: counts.count)
        for axis in counts.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * counts[axis + 1] }
        self.strides = strides
        isNatural = axes.map(\.axis) == Array(counts.indices) && axes.allSatisfy { $0.step == UInt64(strides[$0.axis]) }
    }

    private static func arrayAxes(chunk: [Int], limits: [Int?]) -> [(axis: Int, step: UInt64)] {
        let growing = limits.firstIndex { $0 == nil }
        let order = [growing].compactMap { $0 } + limits.indices.filter { $0 != growing }
        var axes: [(axis: Int, step: UInt64)] = []
        var step: UInt64 = 1
        for axis in order.reversed() {
            axes.insert((axis, step), at: 0)
            if axis == growing { break }
            guard let limit = limits[axis] else { return [] }
            let (count, rest) = limit.quotientAndRemainder(dividingBy: chunk[axis])
            let (product, overflow) = step.multipliedReportingOverflow(by: UInt64(max(1, count + (rest > 0 ? 1 : 0))))
            guard !overflow, product < UInt64(Int.max) else { return [] }
            step = product
        }
        return axes
    }

    /// Whether array indexes have a meaning: at most one axis can grow, and the greatest shape can be counted.
    var hasArrayOrder: Bool { !axes.isEmpty }

    /// The number of the chunk at an array index, nil outside the present shape.
    func number(arrayIndex: UInt64) -> Int? {
        if isNatural { return arrayIndex < UInt64(total) ? Int(arrayIndex) : nil }
        var rest = arrayIndex
        var number = 0
        for (axis, step) in axes {
            let (position, left) = rest.quotientAndRemainder(dividingBy: step)
            guard position < UInt64(counts[axis]) else { return nil }
            number += Int(position) * strides[axis]
            rest = left
        }
        return number
    }

    /// One more than the largest array index of a chunk inside the present shape.
    var arrayBound: UInt64 {
        guard total > 0 else { return 0 }
        var last: UInt64 = 0
        for (axis, step) in axes {
            let (product, overflow) = UInt64(counts[axis] - 1).multipliedReportingOverflow(by: step)
            last = overflow ? .max - 1 : min(last &+ product < last ? .max - 1 : last + product, .max - 1)
        }
        return last + 1
    }

    /// The step that a position along `axis` makes in the chunk's number.
    func stride(of axis: Int) -> Int { strides[axis] }

    /// Where the chunk with a number starts in the data.
    func coordinates(of number: Int) -> [Int] {
        counts.indices.map { number / strides[$0] % counts[$0] * chunk[$0] }
    }
}
