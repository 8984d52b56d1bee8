import Memory

/// The axes of a sample along which statistics are kept apart: each index has its own, and over the other axes they are
/// the same.
///
/// In row-major order the statistic of an element depends on the element's number modulo `period`, over sample borders
/// too, so that one table of `period` entries serves whatever the axes are.
package struct KeptAxes: Sendable, Hashable {
    /// The extents of a sample, without the batch axis.
    package let sample: Shape

    /// The kept axes of a sample, ascending, the first axis being 0.
    package let axes: [Int]

    /// Shorter periods are repeated up to about this many elements, so that loops over them fill vectors.
    private static let leastPeriod = 256

    /// - Parameter axes: as Keras counts them, in any order: 0 is the batch, negative ones count from the last; none keeps
    ///   one statistic for all elements.
    /// - Throws: `AxisError` for an axis that a sample does not have, the batch axis, an axis that is named twice, and
    ///   samples of 2³¹ elements and more, which `indices` could not number.
    package init(_ axes: [Int], of sample: Shape) throws(AxisError) {
        guard sample.elementCount <= Int(Int32.max) else {
            throw AxisError("samples of shape \(sample) have too many elements, expected at most \(Int32.max)")
        }
        let rank = sample.rank + 1
        var kept: [Int] = []
        for axis in axes {
            guard (-rank..<rank).contains(axis) else {
                throw AxisError(
                    "axis \(axis) is out of range: samples of shape \(sample) have axes \(Self.choice(rank))")
            }
            let position = axis < 0 ? axis + rank : axis
            guard position > 0 else {
                let remedy =
                    rank == 1
                    ? "a sample is a single number; name no axis"
                    : "samples of shape \(sample) have axes \(Self.choice(rank))"
                throw AxisError("axis \(axis) is the batch, whose extent is not fixed; \(remedy)")
            }
            guard !kept.contains(position - 1) else {
                throw AxisError("axes \(axes) of samples of shape \(sample) name an axis twice")
            }
            kept.append(position - 1)
        }
        self.sample = sample
        self.axes = kept.sorted()
    }

    private static func choice(_ rank: Int) -> String { rank == 2 ? "1 (or -1)" : "1...\(rank - 1) (or negative ones)" }

    /// The extents of the statistics; empty for one statistic.
    package var shape: Shape { Shape(axes.map { sample[$0] }) }

    /// Elements from the first kept axis on: after these the statistics repeat.
    private var tile: Shape { Shape(Array(sample.dimensions.dropFirst(axes.first ?? sample.rank))) }

    /// Elements after which statistics repeat.
    package var period: Int {
        let count = max(1, tile.elementCount)
        return (Self.leastPeriod + count - 1) / count * count
    }

    /// The row-major number of the statistic of each element of a period.
    package var indices: [Int32] {
        let tile = tile
        let first = axes.first ?? sample.rank
        var strides = [Int](repeating: 0, count: tile.rank)
        var next = 1
        for axis in axes.reversed() {
            strides[axis - first] = next
            next *= sample[axis]
        }
        var numbers = [Int32(0)]
        // Axis by axis from the first: each number so far becomes a run of the next axis.
        for (extent, stride) in zip(tile.dimensions, strides) {
            numbers = numbers.flatMap { number in (0..<extent).map { number + Int32($0 * stride) } }
        }
        let repeats = period / max(1, numbers.count)
        return repeats == 1 ? numbers : (0..<repeats).flatMap { _ in numbers }
    }
}

/// Axes that do not fit a shape.
package struct AxisError: Error, Sendable {
    /// What was asked for, and which axes there are.
    package let reason: String

    init(_ reason: String) { self.reason = reason }
}
