import CKernels
import Engine
import Memory

/// Mean, variance and extremes of a stream of numbers, in one pass and in bounded memory.
///
/// The numbers are rows of a sample's shape in row-major order. Each belongs to a lane: its number in the stream modulo
/// the period of the kept axes. A lane adds its values up in double, as distances from the first value of a group of
/// `groupLength`; groups are merged by Chan's formula, and at the end lanes into the kept indices. Where a group begins
/// and in which order sums are merged depend on the numbers' positions alone: the result is the same, bit by bit, however
/// the stream is cut into pieces.
///
/// A value of the group as the origin keeps the sums well-conditioned whatever the data are: no value is further from the
/// mean of n values than √n deviations, so at most a factor n is lost in `Σd² − (Σd)²/n`, of the 2⁵³ that a double has.
struct MomentAccumulator: ~Copyable, ColumnTaker {
    /// Values of a lane in a group.
    private static let groupLength = 1024

    /// The first number that is not finite.
    struct Spoiler {
        let position: Int
        let value: Float
    }

    private let axes: KeptAxes
    private let lanes: Int
    private let memory: AlignedBuffer
    private let shifts, sums, squares, means, deviations: UnsafeMutablePointer<Double>
    private let minima, maxima: UnsafeMutablePointer<Float>
    /// Numbers so far.
    private(set) var count = 0
    /// Numbers in closed groups.
    private var closed = 0
    /// Numbers that are not finite.
    private(set) var spoiledCount = 0
    private(set) var firstSpoiler: Spoiler?

    /// Bytes of an accumulator.
    static func byteCount(_ axes: KeptAxes) -> Int { axes.period * (5 * 8 + 2 * 4) }

    init(_ axes: KeptAxes) {
        self.axes = axes
        let lanes = axes.period
        self.lanes = lanes
        memory = AlignedBuffer(byteCount: Self.byteCount(axes))
        let doubles = memory.address.bindMemory(to: Double.self, capacity: 5 * lanes)
        (shifts, sums, squares) = (doubles, doubles + lanes, doubles + 2 * lanes)
        (means, deviations) = (doubles + 3 * lanes, doubles + 4 * lanes)
        let floats = (memory.address + 40 * lanes).bindMemory(to: Float.self, capacity: 2 * lanes)
        (minima, maxima) = (floats, floats + lanes)
        minima.update(repeating: .infinity, count: lanes)
        maxima.update(repeating: -.infinity, count: lanes)
    }

    /// Adds numbers, which follow on those added before.
    mutating func add(_ values: UnsafeBufferPointer<Float>) {
        var rest = values[...]
        while !rest.isEmpty {
            let inGroup = count - closed
            // Up to the end of a group's first period, which sets the origins, or of the group.
            let end = inGroup < lanes ? lanes : lanes * Self.groupLength
            let part = UnsafeBufferPointer(rebasing: rest.prefix(end - inGroup))
            addToGroup(part, lane: inGroup % lanes, begins: inGroup < lanes)
            rest = rest.dropFirst(part.count)
            if count - closed == lanes * Self.groupLength { closeGroup() }
        }
    }

    private mutating func addToGroup(_ part: UnsafeBufferPointer<Float>, lane: Int, begins: Bool) {
        if begins {
            for (index, value) in part.enumerated() {
                shifts[lane + index] = Double(value)
                sums[lane + index] = 0
                squares[lane + index] = 0
            }
        }
        let spoiled = millrace_add_moments(
            part.baseAddress, part.count, lane, lanes, shifts, sums, squares, minima, maxima)
        if spoiled > 0 {
            if firstSpoiler == nil, let index = part.firstIndex(where: { !$0.isFinite }) {
                firstSpoiler = Spoiler(position: count + index, value: part[index])
            }
            spoiledCount += spoiled
        }
        count += part.count
    }

    /// Merges the sums of the open group into the lanes' moments.
    private mutating func closeGroup() {
        for lane in 0..<min(lanes, count - closed) {
            let added = Double(length(of: lane, in: count - closed))
            var moments = moments(of: lane, in: closed)
            moments.merge(
                Moments(
                    count: added, mean: shifts[lane] + sums[lane] / added,
                    squares: max(0, squares[lane] - sums[lane] * sums[lane] / added)))
            (means[lane], deviations[lane]) = (moments.mean, moments.squares)
        }
        closed = count
    }

    /// Values of a lane among the first `total` numbers.
    private func length(of lane: Int, in total: Int) -> Int { (total + lanes - 1 - lane) / lanes }

    private func moments(of lane: Int, in total: Int) -> Moments {
        Moments(count: Double(length(of: lane, in: total)), mean: means[lane], squares: deviations[lane])
    }

    /// The statistics of all numbers so far, at least one sample of them.
    consuming func finish(column: String) -> ColumnStatistics {
        closeGroup()
        let kept = axes.shape.elementCount
        var moments = [Moments](repeating: Moments(), count: kept)
        var minimum = [Float](repeating: .infinity, count: kept)
        var maximum = [Float](repeating: -.infinity, count: kept)
        for (lane, number) in axes.indices.enumerated().prefix(count) {
            let index = Int(number)
            moments[index].merge(self.moments(of: lane, in: count))
            minimum[index] = min(minimum[index], minima[lane])
            maximum[index] = max(maximum[index], maxima[lane])
        }
        return ColumnStatistics(
            column: column, shape: axes.shape, count: count / kept, mean: moments.map(\.mean),
            variance: moments.map { $0.squares / $0.count }, minimum: minimum, maximum: maximum)
    }
}
