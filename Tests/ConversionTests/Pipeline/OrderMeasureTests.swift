import Conversion
import DataSource
import Foundation
import Memory
import Shards
import Testing

/// The quality of a shuffle as the rows' places in the input show it.
@Suite struct OrderMeasureTests {
    private func options(shuffle: UInt64?, passes: Int = 1) -> ConversionOptions {
        var options = ConversionOptions()
        options.workers = 2
        options.blockBytes = 4096
        options.shardBytes = 1 << 16
        options.memory = .mebibytes(2048)
        options.shuffleSeed = shuffle
        options.passes = passes
        options.onBadRow = .skip
        return options
    }

    /// The measure of the manifest, and the numbers of the rows that were written, in their order.
    private func convert(
        _ input: NumberedInput, shuffle: UInt64?, passes: Int = 1
    ) throws -> (order: ShardManifest.Shuffle.Order?, numbers: [Int]) {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d"
        let made = try Converter(input, to: path, options: options(shuffle: shuffle, passes: passes)).run().manifest
        #expect(try ShardManifest(path: "\(path)/manifest.json").shuffle == made.shuffle)
        let all = try rows(of: path)
        return (made.shuffle.order, (0..<all.rowCount).map { number($0, of: all) })
    }

    /// χ² per degree of freedom, straight from its definition.
    private func expected(_ numbers: [Int], count: Int, ranges: Int, batchRows: Int) -> Double {
        let batches = numbers.count / batchRows
        var table = Array(repeating: Array(repeating: 0.0, count: ranges), count: batches)
        for (place, number) in numbers.prefix(batches * batchRows).enumerated() {
            table[place / batchRows][number * ranges / count] += 1
        }
        var (chi2, seen) = (0.0, 0)
        for range in 0..<ranges {
            let mean = table.reduce(0) { $0 + $1[range] } / Double(batches)
            // Rows behind the last whole batch may be all of a range.
            guard mean > 0 else { continue }
            seen += 1
            chi2 += table.reduce(0) { $0 + ($1[range] - mean) * ($1[range] - mean) / mean }
        }
        return chi2 / Double((batches - 1) * (seen - 1))
    }

    @Test(arguments: [(20_000, 128, 256), (1000, 128, 256), (511, 128, 255), (90, 45, 45), (7, 3, 3)])
    func `is that of the rows as they lie in the shards`(count: Int, ranges: Int, batchRows: Int) throws {
        for shuffle in [nil, 1, 2] as [UInt64?] {
            let (order, numbers) = try convert(NumberedInput(count: count), shuffle: shuffle)
            let found = try #require(order)
            #expect(found.ranges == ranges && found.batchRows == batchRows)
            let wanted = expected(numbers, count: count, ranges: ranges, batchRows: batchRows)
            #expect(abs(found.chi2PerDegree - wanted) <= 1e-9 * wanted, "\(found) \(wanted)")
        }
    }

    @Test func `is near 1 for every seed, and far from it without a shuffle`() throws {
        // 128 ranges and 78 batches: 9779 degrees of freedom, of which χ² deviates by 2 √9779, or 1.4 %.
        for seed in 1...5 as ClosedRange<UInt64> {
            let shuffled = try #require(try convert(NumberedInput(count: 20_000), shuffle: seed).order)
            #expect(abs(shuffled.chi2PerDegree - 1) < 5 * 0.0143, "\(seed): \(shuffled)")
        }
        let sorted = try #require(try convert(NumberedInput(count: 20_000), shuffle: nil).order)
        #expect(sorted.chi2PerDegree > 100)
    }

    @Test func `passes are mixed with one another, and rows that were left out do not count`() throws {
        var input = NumberedInput(count: 2000)
        input.bad = Set(stride(from: 0, to: 2000, by: 10))
        // Three passes of 1800 good rows: 21 batches, 2540 degrees of freedom.
        for rowsPerPiece in [37, 1, 2000] {
            input.rowsPerPiece = rowsPerPiece
            let (order, numbers) = try convert(input, shuffle: 3, passes: 3)
            #expect(numbers.count == 5400)
            let shuffled = try #require(order)
            #expect(abs(shuffled.chi2PerDegree - 1) < 5 * 0.028, "\(shuffled)")
        }
        let sorted = try #require(try convert(input, shuffle: nil, passes: 3).order)
        // Each range of 42 rows lies in one batch or two.
        #expect(sorted.chi2PerDegree > 30 && sorted.ranges == 128)
    }

    @Test func `needs four rows, and no column of whole numbers`() throws {
        #expect(try convert(NumberedInput(count: 3), shuffle: 1).order == nil)
        #expect(try convert(NumberedInput(count: 4), shuffle: 1).order != nil)
        let directory = try TemporaryDirectory()
        let growing = try Converter(
            GrowingInput(count: 600, rowsPerPiece: 100), to: directory.path + "/d", options: options(shuffle: 1)
        ).run().manifest.shuffle
        #expect(growing.chi2PerDegree == nil && growing.unmeasured != nil)
        // Two batches: 127 degrees of freedom.
        #expect(abs((growing.order?.chi2PerDegree ?? 0) - 1) < 5 * 0.126)
    }
}
