internal import Memory

/// Counts the different values of a column of one number a row, block after block, until there are too many.
struct ClassCounter {
    private let type: ScalarType

    /// What all blocks of this counter had: when that is too much, the whole dataset has too many.
    private var seen: [ShardColumnStatistics.ClassCount]?

    private var histogram: [Int32] = []

    /// A counter for a column; it counts nothing where rows are not single whole numbers.
    init(_ column: ShardColumn) {
        type = column.type
        seen = ShardColumnStatistics.countsClasses(column) ? [] : nil
    }

    /// The values of a block in rising order and their rows; nil where they are too many. `numbers` are of these rows.
    mutating func count(
        _ values: UnsafeRawBufferPointer, _ numbers: ShardColumnStatistics.Numbers?
    ) -> [ShardColumnStatistics.ClassCount]? {
        guard seen != nil else { return nil }
        guard case .integer(let least) = numbers?.minimum, case .integer(let most) = numbers?.maximum else {
            seen = nil
            return nil
        }
        let counts =
            switch type {
            case .uint8, .bool: unsafe count(values, as: UInt8.self, least, most)
            case .int8: unsafe count(values, as: Int8.self, least, most)
            case .uint16: unsafe count(values, as: UInt16.self, least, most)
            case .int16: unsafe count(values, as: Int16.self, least, most)
            case .uint32: unsafe count(values, as: UInt32.self, least, most)
            case .int32: unsafe count(values, as: Int32.self, least, most)
            case .uint64: unsafe count(values, as: UInt64.self, least, most)
            default: unsafe count(values, as: Int64.self, least, most)
            }
        seen = ShardColumnStatistics.merged(seen, counts)
        return seen == nil ? nil : counts
    }

    private mutating func count<Value: FixedWidthInteger & BitwiseCopyable>(
        _ values: UnsafeRawBufferPointer, as _: Value.Type, _ least: Int, _ most: Int
    ) -> [ShardColumnStatistics.ClassCount]? {
        let size = MemoryLayout<Value>.stride
        let count = values.count / size
        func value(_ index: Int) -> Int {
            Int(truncatingIfNeeded: unsafe values.loadUnaligned(fromByteOffset: index * size, as: Value.self))
        }
        let (span, overflow) = most.subtractingReportingOverflow(least)
        if !overflow, span < ShardColumnStatistics.mostClasses {
            histogram.removeAll(keepingCapacity: true)
            histogram.append(contentsOf: repeatElement(0, count: span + 1))
            for index in 0..<count { histogram[value(index) - least] += 1 }
            return histogram.enumerated().compactMap { place, count in
                count == 0 ? nil : ShardColumnStatistics.ClassCount(value: least + place, count: Int(count))
            }
        }
        var counts: [Int: Int] = [:]
        for index in 0..<count {
            counts[value(index), default: 0] += 1
            if counts.count > ShardColumnStatistics.mostClasses { return nil }
        }
        return counts.sorted { $0.key < $1.key }.map {
            ShardColumnStatistics.ClassCount(value: $0.key, count: $0.value)
        }
    }
}
