/// Named figures by epoch, in the order in which they appeared.
package struct FigureTable: Equatable {
    /// Epochs, or neighbouring epochs, that are kept of a figure.
    static let capacity = 256
    /// Figures that are kept: a model with hundreds of outputs has as many, and the page stays one that can be read.
    static let mostNames = 64

    package private(set) var names: [String] = []
    private var series: [String: BucketSeries] = [:]
    /// Figures that are left out.
    package private(set) var omitted: Int = 0

    /// An empty table.
    package init() {}

    package subscript(name name: String) -> BucketSeries? { series[name] }

    /// Adds the figures of an epoch, from 1.
    package mutating func add(_ figures: [(name: String, value: Double)], epoch: Int) {
        var left = 0
        for (name, value) in figures {
            if series[name] == nil {
                guard names.count < Self.mostNames else {
                    left += 1
                    continue
                }
                names.append(name)
                series[name] = BucketSeries(capacity: Self.capacity)
            }
            series[name]?.add(value, at: epoch)
        }
        omitted = max(omitted, left)
    }

    /// Puts a figure back that a checkpoint kept.
    mutating func restore(_ name: String, _ kept: BucketSeries) {
        if series[name] == nil { names.append(name) }
        series[name] = kept
    }

    /// The epochs of the rows: those of the figure that has the most.
    package var rows: [Range<Int>] {
        let longest = names.compactMap { series[$0] }.max { left, right in
            (left.places(left.buckets.count).lowerBound, left.width) < (
                right.places(right.buckets.count).lowerBound, right.width
            )
        }
        guard let longest else { return [] }
        return longest.buckets.indices.map(longest.places)
    }

    /// A figure's mean over the epochs of a row; nil when it was not computed in them.
    package func value(_ name: String, in row: Range<Int>) -> Double? {
        guard let found = series[name], let origin = found.origin else { return nil }
        var (sum, count, missing) = (0.0, 0, 0)
        for (index, bucket) in found.buckets.enumerated() where bucket.count + bucket.missing > 0 {
            let first = origin + index * found.width
            guard first < row.upperBound, first + found.width > row.lowerBound else { continue }
            sum += bucket.sum
            count += bucket.count
            missing += bucket.missing
        }
        if count > 0 { return sum / Double(count) }
        return missing > 0 ? .nan : nil
    }
}
