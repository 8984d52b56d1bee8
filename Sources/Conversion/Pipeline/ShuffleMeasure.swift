internal import JSONText
internal import Shards

/// How evenly the classes of a column are spread over batches of consecutive rows, measured on the rows as they are
/// written.
///
/// χ² = Σ_b Σ_c (n_bc − m p_c)² / (m p_c) over batches b of m rows and classes c with share p_c, divided by its degrees of
/// freedom (B − 1)(K − 1) for B batches and K classes. 1 is what a uniform permutation gives; class-sorted rows give about
/// m. The shares are known at the end only, so sums of n and n² are kept for each class. Batches run on across shards, so
/// that shards of few large rows are measured like others.
struct ShuffleMeasure {
    /// Rows of a batch, unless there are few rows.
    static let batchRows = 256

    /// Rows of a batch here.
    let batchRows: Int

    /// Batches so far, and for each class how many rows of it they hold, and the sum of the squares of these numbers.
    private(set) var batches = 0
    private(set) var sums: [Int: (rows: Int, squares: Int)] = [:]
    /// More different values than classes are: an identifier, of which there is nothing to measure.
    private(set) var isOverflowing = false
    private var current: [Int: Int] = [:]
    private var currentRows = 0

    /// Takes in the classes of the rows that follow.
    mutating func add(_ classes: [Int]) {
        for value in classes { add(value, rows: 1) }
    }

    /// Takes in `rows` rows of one class that follow; costs a step for each batch that they reach into.
    mutating func add(_ value: Int, rows: Int) {
        var left = rows
        while left > 0, !isOverflowing {
            let taken = min(left, batchRows - currentRows)
            current[value, default: 0] += taken
            currentRows += taken
            left -= taken
            if currentRows == batchRows { endBatch() }
        }
    }

    private mutating func endBatch() {
        for (value, count) in current {
            let sum = sums[value, default: (0, 0)]
            sums[value] = (sum.rows + count, sum.squares + count * count)
        }
        batches += 1
        current.removeAll(keepingCapacity: true)
        currentRows = 0
        if sums.count > ShardColumnStatistics.mostClasses { overflow() }
    }

    private mutating func overflow() {
        isOverflowing = true
        sums = [:]
        current = [:]
        currentRows = 0
        batches = 0
    }

    /// χ² for each degree of freedom; nil with fewer than two batches or classes.
    var chi2PerDegree: Double? {
        guard batches > 1, sums.count > 1 else { return nil }
        let m = Double(batchRows)
        let total = m * Double(batches)
        // In the order of the classes, so that the sum is the same from run to run.
        let chi2 = sums.sorted { $0.key < $1.key }.reduce(0.0) { sum, entry in
            let expected = m * Double(entry.value.rows) / total
            let squares = Double(entry.value.squares) - Double(batches) * expected * expected
            return sum + squares / expected
        }
        return chi2 / (Double(batches - 1) * Double(sums.count - 1))
    }

    /// Why there is no measure of a column, or of none; nil where there is one.
    func gap(column: String?) -> String? {
        guard let column else {
            return "there is no column of whole numbers, one a row, whose classes could be counted"
        }
        if isOverflowing {
            return "\(column) has more than \(ShardColumnStatistics.mostClasses) different values"
        }
        guard batches > 1 else { return "there are fewer rows than two batches of \(batchRows)" }
        return sums.count > 1 ? nil : "\(column) has one value only"
    }

    init(batchRows: Int = Self.batchRows) { self.batchRows = batchRows }

    var json: JSONValue {
        let entries = sums.sorted { $0.key < $1.key }.map { entry -> JSONValue in
            .array([.integer(entry.key), .integer(entry.value.rows), .integer(entry.value.squares)])
        }
        let rest = current.sorted { $0.key < $1.key }.map { JSONValue.array([.integer($0.key), .integer($0.value)]) }
        return .object([
            "batches": .integer(batches), "classes": isOverflowing ? .null : .array(entries), "rest": .array(rest),
        ])
    }

    /// Reads what `json` wrote of a measure with such batches; nil for something else.
    init?(_ value: JSONValue, batchRows: Int = Self.batchRows) {
        self.batchRows = batchRows
        if value["classes"]?.isNull == true {
            overflow()
            return
        }
        guard let batches = value["batches"]?.integerValue, let classes = value["classes"]?.arrayValue else {
            return nil
        }
        self.batches = batches
        for entry in classes {
            guard let numbers = entry.arrayValue?.compactMap(\.integerValue), numbers.count == 3 else { return nil }
            sums[numbers[0]] = (numbers[1], numbers[2])
        }
        for entry in value["rest"]?.arrayValue ?? [] {
            guard let numbers = entry.arrayValue?.compactMap(\.integerValue), numbers.count == 2, numbers[1] > 0,
                numbers[1] < batchRows - currentRows
            else { return nil }
            current[numbers[0]] = numbers[1]
            currentRows += numbers[1]
        }
    }
}
