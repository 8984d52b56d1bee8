/// Sums that say that no row is missing or wrong, as the peers' scripts make them.
enum RowCheck {
    /// A number that a wrong or missing row changes, for sums over rows in any order.
    static func value(_ content: some RandomAccessCollection<UInt8>, label: Int) -> Int {
        let (count, start) = (content.count, content.startIndex)
        func byte(_ place: Int) -> Int { Int(content[content.index(start, offsetBy: place)]) }
        return (label + 1) * (count + 3 * byte(count / 2) + 7 * byte(count / 3))
    }

    /// The rows that are read one by one: far from each other, the same for all.
    static func randomRows(_ count: Int, of rows: Int) -> [Int] { (1...count).map { $0 * 2_654_435_761 % rows } }
}

/// How evenly classes are spread over batches: χ² per degree of freedom, 1 for a uniform shuffle.
struct ClassSpread {
    private let batchSize: Int
    private var batches: [[Int]] = []

    /// Counts full batches of so many samples.
    init(batchSize: Int) { self.batchSize = batchSize }

    mutating func add(_ labels: UnsafeBufferPointer<Int32>) {
        guard labels.count == batchSize else { return }
        var counts = [Int](repeating: 0, count: 16)
        for label in labels { counts[Int(label)] += 1 }
        batches.append(counts)
    }

    var chiSquaredPerDegree: Double {
        let totals = (0..<16).map { label in Double(batches.reduce(0) { $0 + $1[label] }) }
        let all = totals.reduce(0, +)
        let present = totals.indices.filter { totals[$0] > 0 }
        let sum = batches.reduce(0.0) { sum, counts in
            present.reduce(sum) { sum, label in
                let expected = totals[label] / all * Double(batchSize)
                let difference = Double(counts[label]) - expected
                return sum + difference * difference / expected
            }
        }
        return sum / Double(batches.count) / Double(max(1, present.count - 1))
    }
}
