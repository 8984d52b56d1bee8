internal import CKernels
internal import Memory

/// What the rows of a column are like, of a block or of a whole dataset; and how many bytes they take.
///
/// Statistics of blocks are merged in the order of the blocks; the result then is the same to the last bit whatever the
/// number of workers. They survive their JSON exactly.
package struct ShardColumnStatistics: Sendable, Hashable {
    /// Mean, spread and extremes of the finite values.
    package struct Numbers: Sendable, Hashable {
        /// All values, and those that are infinite or NaN.
        package var count = 0
        package var nonFiniteCount = 0

        /// Of the finite values; NaN where a sum leaves the range of `Double`, 0 where there is none.
        package var mean = 0.0

        /// The sum of the squared distances of the finite values from their mean.
        package var squares = 0.0

        /// Nil where no value is finite.
        package var minimum: Extreme?
        package var maximum: Extreme?

        package var finiteCount: Int { count - nonFiniteCount }

        /// The standard deviation of the population: divided by the number of values, not by one less.
        package var deviation: Double { finiteCount == 0 ? 0 : (squares / Double(finiteCount)).squareRoot() }
    }

    /// Extents of ragged rows along their first axis: bytes of a string of bytes.
    package struct Lengths: Sendable, Hashable {
        package var minimum = 0
        package var maximum = 0
        package var total = 0
    }

    /// How many rows have a value.
    package struct ClassCount: Sendable, Hashable {
        package var value: Int
        package var count: Int

        package init(value: Int, count: Int) {
            self.value = value
            self.count = count
        }
    }

    /// The largest number of different values that are counted.
    package static let mostClasses = 4096

    package var rowCount = 0

    /// Bytes before and after compression, and the same of the largest frame: what reading a block takes.
    package var contentBytes = 0
    package var storedBytes = 0
    package var largestContentBytes = 0
    package var largestStoredBytes = 0

    /// Nil for bytes.
    package var numbers: Numbers?

    /// Nil for columns of fixed shape.
    package var lengths: Lengths?

    /// For columns of one whole number or truth value a row: the different values in rising order. Nil for other
    /// columns and where there are more than `mostClasses`.
    package var classes: [ClassCount]?

    /// Of no rows.
    package init(_ column: ShardColumn) {
        if !column.isBytes { numbers = Numbers() }
        if column.isRagged { lengths = Lengths() }
        if Self.countsClasses(column) { classes = [] }
    }

    /// Whether rows are single numbers of a kind that may be classes.
    static func countsClasses(_ column: ShardColumn) -> Bool {
        !column.isRagged && column.rowShape.elementCount == 1 && !column.type.isFloatingPoint
    }

    /// Takes in the rows that follow.
    package mutating func merge(_ next: ShardColumnStatistics) {
        guard next.rowCount > 0 else { return }
        if var own = lengths, let other = next.lengths {
            own.minimum = rowCount == 0 ? other.minimum : min(own.minimum, other.minimum)
            own.maximum = max(own.maximum, other.maximum)
            own.total += other.total
            lengths = own
        }
        rowCount += next.rowCount
        contentBytes += next.contentBytes
        storedBytes += next.storedBytes
        largestContentBytes = max(largestContentBytes, next.largestContentBytes)
        largestStoredBytes = max(largestStoredBytes, next.largestStoredBytes)
        if let other = next.numbers { numbers?.merge(other) }
        classes = Self.merged(classes, next.classes)
    }

    /// Merges sorted counts; nil when there are too many.
    static func merged(_ a: [ClassCount]?, _ b: [ClassCount]?) -> [ClassCount]? {
        guard var a, let b else { return nil }
        // The common case by far: all values were seen before.
        var place = 0
        var isKnown = true
        for next in b {
            while place < a.count, a[place].value < next.value { place += 1 }
            guard place < a.count, a[place].value == next.value else {
                isKnown = false
                break
            }
        }
        if isKnown {
            place = 0
            for next in b {
                while a[place].value < next.value { place += 1 }
                a[place].count += next.count
            }
            return a
        }
        var all: [ClassCount] = []
        all.reserveCapacity(a.count + b.count)
        var (i, j) = (0, 0)
        while i < a.count || j < b.count {
            if j == b.count || (i < a.count && a[i].value < b[j].value) {
                all.append(a[i])
                i += 1
            } else if i == a.count || b[j].value < a[i].value {
                all.append(b[j])
                j += 1
            } else {
                all.append(ClassCount(value: a[i].value, count: a[i].count + b[j].count))
                i += 1
                j += 1
            }
        }
        return all.count > mostClasses ? nil : all
    }
}

extension ShardColumnStatistics {
    /// The least or largest value of a column, exact.
    package enum Extreme: Sendable, Hashable, Comparable {
        case integer(Int)
        /// A float, or a `uint64` that no signed integer holds, then rounded.
        case number(Double)

        package var doubleValue: Double {
            switch self {
            case .integer(let value): Double(value)
            case .number(let value): value
            }
        }

        package static func < (a: Extreme, b: Extreme) -> Bool {
            if case .integer(let a) = a, case .integer(let b) = b { return a < b }
            return a.doubleValue < b.doubleValue
        }
    }
}

extension ShardColumnStatistics.Numbers {
    /// Of values in memory, at any address.
    init(_ values: UnsafeRawBufferPointer, type: ScalarType) {
        count = values.count / type.byteCount
        guard count > 0, let start = values.baseAddress else { return }
        var summary = millrace_summary()
        unsafe millrace_summarize(type.kernelType, start, count, &summary)
        nonFiniteCount = count - summary.finite
        guard summary.finite > 0 else { return }
        mean = summary.mean.isFinite ? summary.mean : .nan
        squares = summary.squares.isFinite ? summary.squares : .nan
        if type.isFloatingPoint {
            minimum = .number(summary.minimum)
            maximum = .number(summary.maximum)
        } else {
            minimum = Self.extreme(summary.least, type)
            maximum = Self.extreme(summary.most, type)
        }
    }

    private static func extreme(_ value: Int64, _ type: ScalarType) -> ShardColumnStatistics.Extreme {
        guard type == .uint64, value < 0 else { return .integer(Int(value)) }
        return .number(Double(UInt64(bitPattern: value)))
    }

    /// Takes in other values: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    /// variances" (1979), equation 2.1.
    mutating func merge(_ next: Self) {
        let own = Double(finiteCount)
        let added = Double(next.finiteCount)
        count += next.count
        nonFiniteCount += next.nonFiniteCount
        guard added > 0 else { return }
        minimum = minimum.map { min($0, next.minimum ?? $0) } ?? next.minimum
        maximum = maximum.map { max($0, next.maximum ?? $0) } ?? next.maximum
        guard own > 0 else {
            mean = next.mean
            squares = next.squares
            return
        }
        let distance = next.mean - mean
        let total = own + added
        squares += next.squares + distance * distance * (own * added / total)
        mean += distance * (added / total)
        if !mean.isFinite { mean = .nan }
        if !squares.isFinite { squares = .nan }
    }
}
