import JSONText
import Memory
import Shards
import Testing

struct `Statistics of columns` {
    /// The statistics of values in blocks of so many rows, as a conversion computes them.
    private func statistics<Value: BitwiseCopyable>(
        _ values: [Value], _ column: ShardColumn, blockRows: Int
    ) throws -> ShardColumnStatistics {
        let rows = RowChunk([column])
        values.withUnsafeBytes { rows.extend(column: 0, by: $0.count).copyMemory(from: $0) }
        rows.endRows(values.count * MemoryLayout<Value>.stride / column.itemBytes)
        let encoder = BlockEncoder(try ShardSchema([column], blockRows: blockRows), level: 1)
        let block = EncodedBlock()
        var sum = ShardColumnStatistics(column)
        for first in stride(from: 0, to: rows.rowCount, by: blockRows) {
            try encoder.encode(first..<min(first + blockRows, rows.rowCount), of: rows, into: block)
            sum.merge(block.statistics[0])
        }
        return sum
    }

    private func check(
        _ found: ShardColumnStatistics, _ values: [Double], type: ScalarType = .float64,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let numbers = try #require(found.numbers)
        let finite = values.filter(\.isFinite)
        let mean = finite.reduce(0, +) / Double(finite.count)
        let squares = finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        #expect(numbers.count == values.count, sourceLocation: sourceLocation)
        #expect(numbers.nonFiniteCount == values.count - finite.count, sourceLocation: sourceLocation)
        #expect(abs(numbers.mean - mean) <= 1e-12 * (abs(mean) + numbers.deviation), sourceLocation: sourceLocation)
        #expect(abs(numbers.squares - squares) <= 1e-9 * squares, sourceLocation: sourceLocation)
        #expect(numbers.minimum?.doubleValue == finite.min(), sourceLocation: sourceLocation)
        #expect(numbers.maximum?.doubleValue == finite.max(), sourceLocation: sourceLocation)
        let column = ShardColumn("x", type)
        let again = try ShardColumnStatistics(
            JSONValue(strict: Array(found.json(column: column).text().utf8)), column: column)
        #expect(again.numbers == numbers, sourceLocation: sourceLocation)
    }

    private func integers<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, _ type: ScalarType) throws {
        var random = TestRandom(state: 1)
        for count in [1, 7, 8, 9, 100, 5001] {
            let values = (0..<count).map { _ in Value(truncatingIfNeeded: random.next() >> 40) }
            for blockRows in [1000, 10_000] {
                try check(
                    statistics(values, ShardColumn("x", type), blockRows: blockRows), values.map { Double($0) },
                    type: type)
            }
        }
    }

    @Test func `integers of every width`() throws {
        try integers(UInt8.self, .uint8)
        try integers(Int8.self, .int8)
        try integers(UInt16.self, .uint16)
        try integers(Int16.self, .int16)
        try integers(UInt32.self, .uint32)
        try integers(Int32.self, .int32)
        try integers(UInt64.self, .uint64)
        try integers(Int64.self, .int64)
    }

    @Test func `floats with values that are not finite`() throws {
        var random = TestRandom(state: 2)
        for count in [1, 8, 9, 100, 5001] {
            var values = (0..<count).map { _ in Double.random(in: 99...101, using: &random) }
            if count > 8 {
                values[0] = .nan
                values[1] = .infinity
                values[count - 1] = -.infinity
            }
            let singles = values.map { Float($0) }
            for blockRows in [64, 10_000] {
                try check(statistics(values, ShardColumn("x", .float64), blockRows: blockRows), values)
                try check(
                    statistics(singles, ShardColumn("x", .float32), blockRows: blockRows), singles.map { Double($0) })
            }
            let halves = singles.map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) }
            try check(
                statistics(halves, ShardColumn("x", .bfloat16), blockRows: 64),
                halves.map { Double(Float(bitPattern: UInt32($0) << 16)) })
        }
        // 1.5, -2, infinity, NaN, the smallest subnormal and 0 as float16.
        let small: [UInt16] = [0x3e00, 0xc000, 0x7c00, 0x7e01, 0x0001, 0x0000]
        try check(
            statistics(small, ShardColumn("x", .float16), blockRows: 4), [1.5, -2, .infinity, .nan, 0x1p-24, 0])
    }

    @Test func `a small spread around a large mean is not lost`() throws {
        let values = (0..<4096).map { 1e9 + Float64($0 % 2) }
        let found = try statistics(values, ShardColumn("x", .float64), blockRows: 100)
        #expect(found.numbers?.deviation == 0.5)
        let whole = (0..<4096).map { Int64(1_000_000_000_000) + $0 % 2 }
        #expect(try statistics(whole, ShardColumn("x", .int64), blockRows: 100).numbers?.deviation == 0.5)
    }

    @Test func `extremes of wide integers are exact, and what JSON cannot write is null`() throws {
        let column = ShardColumn("x", .int64)
        let found = try statistics([Int64.min, Int64.max, 1 << 53 + 1], column, blockRows: 2)
        #expect(found.numbers?.minimum == .integer(.min))
        #expect(found.numbers?.maximum == .integer(.max))
        #expect(
            try ShardColumnStatistics(JSONValue(strict: Array(found.json(column: column).text().utf8)), column: column)
                == found)
        let wide = ShardColumn("x", .float64, rowShape: [2])
        let huge = try statistics(
            [Double.greatestFiniteMagnitude, -Double.greatestFiniteMagnitude], wide, blockRows: 2)
        #expect(huge.json(column: wide)["deviation"] == .null)
        #expect(huge.numbers?.maximum == .number(.greatestFiniteMagnitude))
        let none = try statistics([Float.nan], ShardColumn("x", .float32), blockRows: 2)
        #expect(none.json(column: wide)["minimum"] == .null)
        #expect(none.numbers?.finiteCount == 0)
    }

    @Test func `classes are counted while they are few`() throws {
        let column = ShardColumn("y", .int32)
        let labels = (0..<1000).map { Int32($0 % 10) - 3 }
        let found = try statistics(labels, column, blockRows: 37)
        #expect(found.classes?.map(\.value) == Array(-3...6))
        #expect(found.classes?.map(\.count) == Array(repeating: 100, count: 10))
        #expect(
            try ShardColumnStatistics(JSONValue(strict: Array(found.json(column: column).text().utf8)), column: column)
                == found)
        let sparse = (0..<100).map { Int32($0 % 4) * 100_000_000 }
        #expect(try statistics(sparse, column, blockRows: 16).classes?.map(\.count) == [25, 25, 25, 25])
        #expect(try statistics((0..<4096).map { Int32($0) * 7 }, column, blockRows: 64).classes?.count == 4096)
        for blockRows in [64, 5000] {
            #expect(try statistics((0..<4097).map { Int32($0) * 7 }, column, blockRows: blockRows).classes == nil)
        }
        #expect(
            try statistics([UInt8](repeating: 1, count: 9), ShardColumn("b", .bool), blockRows: 4).classes == [
                ShardColumnStatistics.ClassCount(value: 1, count: 9)
            ])
        #expect(ShardColumnStatistics(ShardColumn("x", .float32)).classes == nil)
        #expect(ShardColumnStatistics(ShardColumn("x", .uint8, rowShape: [2])).classes == nil)
    }

    @Test func `ragged columns have lengths`() throws {
        let columns = [ShardColumn(ragged: "r", .uint8, elementShape: [2]), ShardColumn(bytes: "b")]
        let rows = RowChunk(columns)
        for length in [3, 0, 5, 1] {
            rows.extend(column: 0, by: 2 * length).initializeMemory(as: UInt8.self, repeating: 4)
            rows.extend(column: 1, by: length).initializeMemory(as: UInt8.self, repeating: 4)
            rows.endRow()
        }
        let block = EncodedBlock()
        try BlockEncoder(ShardSchema(columns, blockRows: 4), level: 1).encode(0..<4, of: rows, into: block)
        for column in 0..<2 {
            #expect(block.statistics[column].lengths?.minimum == 0)
            #expect(block.statistics[column].lengths?.maximum == 5)
            #expect(block.statistics[column].lengths?.total == 9)
        }
        #expect(block.statistics[0].numbers?.count == 18)
        #expect(block.statistics[1].numbers == nil)
    }

    @Test func `shuffling is chosen where it pays`() throws {
        let columns = [ShardColumn("ramp", .int32), ShardColumn("noise", .int32), ShardColumn("bytes", .uint8)]
        let rows = RowChunk(columns)
        var random = TestRandom(state: 4)
        for row in 0..<2000 {
            withUnsafeBytes(of: Int32(row * 1000)) { rows.append($0, column: 0) }
            withUnsafeBytes(of: random.next() as UInt64) { rows.append(.init(rebasing: $0[..<4]), column: 1) }
            withUnsafeBytes(of: UInt8(row & 7)) { rows.append($0, column: 2) }
            rows.endRow()
        }
        #expect(try ShuffleChoice.choose(rows, blockRows: 500, level: 3) == [true, false, false])
        #expect(try ShuffleChoice.choose(RowChunk(columns), blockRows: 500, level: 3) == [false, false, false])
    }
}
