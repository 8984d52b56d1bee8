import DataSource
import Engine
import JSONText
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Statistics of columns against numpy in float64: `fixtures/goldens/normalization.json`.
@Suite struct StatisticsTests {
    static let cases = Fixtures.goldens("normalization").filter { $0.key.hasPrefix("statistics_") }

    /// The data of a case: a file, or a formula.
    private func source(_ golden: JSONValue) throws -> (source: any Source, column: String) {
        if let file = golden["file"]?.stringValue {
            return (try HDF5Source(Fixtures.path(file)), golden["column"]!.stringValue!)
        }
        let (offset, shape) = (Float(golden["offset"]!.doubleValue!), golden["shape"]!.shape)
        let values = det(shape, 0.3, golden["s"]!.doubleValue!).map { offset + $0 }
        return (ArraySource(inputs: [ArrayColumn("x", values, rowShape: shape.withoutFirst)]), "x")
    }

    private func axis(_ golden: JSONValue) -> [Int]? { golden["axis"]!.arrayValue?.map { $0.integerValue! } }

    @Test(arguments: cases.map(\.key)) func `statistics are numpy's, to the last digit of float32`(_ name: String)
        throws
    {
        let golden = Self.cases.first { $0.key == name }!.value
        let (source, column) = try source(golden)
        let found = try source.statistics(of: column, axis: axis(golden))
        #expect(found.column == column)
        #expect(found.shape == golden["kept_shape"]!.shape)
        #expect(found.count == golden["count"]!.integerValue!)
        #expect(found.mean.map { Float($0) } == golden["mean"]!.floats)
        #expect(found.variance.map { Float($0) } == golden["variance"]!.floats)
        #expect(found.minimum == golden["minimum"]!.floats)
        #expect(found.maximum == golden["maximum"]!.floats)
        #expect(zip(found.standardDeviation, found.variance).allSatisfy { abs($0 * $0 - $1) <= 1e-15 * $1 })
    }

    @Test(arguments: ["statistics_digits_columns", "statistics_formula_two_axes", "statistics_ill_conditioned"])
    func `any batch size and any number of workers give the same bits`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let (source, column) = try source(golden)
        let expected = try source.statistics(of: column, axis: axis(golden))
        for (batchSize, workers, queueBytes) in [(1, 1, 0), (7, 2, 1 << 16), (1000, 5, 0), (1 << 20, 3, 1 << 20)] {
            let pass = try StatisticsPass(source, column: column)
            var options = try pass.options(batchSize: batchSize)
            options.decodeWorkers = workers
            options.queueBytes = queueBytes
            #expect(try pass.run(axis: axis(golden), options: options) == expected)
        }
    }

    @Test func `every row is read once`() throws {
        let source = CountingSource(rowCount: 5000)
        let found = try source.statistics(axis: [-1], batchSize: 64)
        #expect(source.rowsRead.count == 5000)
        // Rows hold their own number.
        #expect(found.mean.allSatisfy { abs($0 - 2499.5) < 1e-9 })
        #expect(found.variance.allSatisfy { abs($0 - (5000.0 * 5000 - 1) / 12) < 1e-6 })
    }

    @Test func `an outlier in front of a group spoils nothing`() throws {
        var values = [Float](repeating: 0, count: 100_000)
        for index in values.indices { values[index] = index % 2 == 0 ? 3 : 5 }
        values[0] = 1e7
        let mean = (1e7 - 3 + 4 * 100_000) / 100_000
        // Σx² − n·mean² in numbers that a double holds exactly or nearly so.
        let squares = 1e14 + 49_999 * 9 + 50_000 * 25.0
        let found = try source(values).statistics()
        #expect(abs(found.mean[0] - mean) < 1e-12 * mean)
        #expect(abs(found.variance[0] - (squares / 100_000 - mean * mean)) < 1e-11 * found.variance[0])
    }

    @Test func `a column of one value has no variance at all`() throws {
        let found = try source([Float](repeating: 0.1, count: 5003)).statistics()
        #expect(found.mean == [Double(Float(0.1))])
        #expect(found.variance == [0])
    }

    @Test func `targets and weights have statistics too`() throws {
        let source = ArraySource(
            inputs: [ArrayColumn("a", [1, 2, 3] as [Float]), ArrayColumn("b", [4, 5, 6] as [Float])],
            targets: [ArrayColumn("t", [7, 8, 12] as [Int64])],
            sampleWeight: ArrayColumn("w", [0.5, 0.25, 0] as [Float]))
        #expect(try source.statistics(of: "b").mean == [5])
        #expect(try source.statistics(of: "t").mean == [9])
        #expect(try source.statistics(of: "t").maximum == [12])
        #expect(try source.statistics(of: "w").mean == [0.25])
        let error = #expect(throws: TrainingError.self) { try source.statistics() }
        #expect(error?.description.contains("\"a\", \"b\", \"t\", \"w\"") == true)
    }

    @Test func `numbers that are not finite are counted, and the first is named`() throws {
        var values = det([500, 2, 3], 0, 1)
        values[6 * 17 + 4] = .nan
        values[6 * 18] = .infinity
        values[6 * 400 + 5] = .nan
        let source = ArraySource(inputs: [ArrayColumn("x", values, rowShape: [2, 3])])
        for batchSize in [1, 13, 500] {
            let error = #expect(throws: TrainingError.self) { try source.statistics(axis: [-1], batchSize: batchSize) }
            #expect(error?.kind == .data)
            let expected = "found 3 that are not; the first is nan in row 17 at (1, 1)"
            #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
        }
    }

    @Test func `calls that make no sense`() throws {
        let source = ArraySource(x: det([4, 3, 2], 0, 1), shape: [3, 2], y: [0, 1, 2, 3])
        func refused(_ fragment: String, _ kind: TrainingError.Kind, _ body: () throws -> Void) {
            let error = #expect(throws: TrainingError.self, performing: body)
            #expect(error?.kind == kind)
            #expect(error?.description.contains(fragment) == true, "\(error?.description ?? "")")
        }
        refused("\"z\"", .usage) { _ = try source.statistics(of: "z") }
        refused("axis 3", .usage) { _ = try source.statistics(axis: [3]) }
        refused("batch", .usage) { _ = try source.statistics(axis: [0]) }
        refused("single number", .usage) { _ = try source.statistics(of: "y", axis: [-1]) }
        refused("batch size 0", .usage) { _ = try source.statistics(batchSize: 0) }
        refused("no rows", .data) { _ = try source.rows(2..<2).statistics() }
        refused("cap", .configuration) { _ = try source.statistics(memory: .cap(.mebibytes(1))) }
    }

    @Test func `memory is granted, kept below the cap and given back`() throws {
        let ledger = MemoryLedger()
        let pass = try StatisticsPass(CountingSource(rowCount: 300_000), column: nil)
        var options = try pass.options(batchSize: nil)
        // Every worker has scratch memory of its own.
        options.decodeWorkers = 2
        _ = try pass.run(axis: [-1], options: options, memory: .cap(.gibibytes(4)), ledger: ledger)
        #expect(ledger.total == 0)
        #expect(ledger.peak(of: .activations) > 0)
        let peak = MemoryAccount.allCases.reduce(0) { $0 + ledger.peak(of: $1) }
        // The column alone has 2.4 MB; queue and blocks are bounded, whatever its length.
        #expect(peak < 40 << 20)
    }

    private func source(_ values: [Float]) -> ArraySource { ArraySource(inputs: [ArrayColumn("x", values)]) }
}

extension StatisticsPass {
    /// A pass along axes of the column's own rows.
    fileprivate func run(
        axis: [Int]?, options: BatchOptions, memory: MemoryCap = .none, ledger: MemoryLedger = MemoryLedger()
    ) throws -> ColumnStatistics {
        try run(
            along: try KeptAxes(axis ?? [], of: info.rowShape), options: options, memory: memory,
            demand: MemoryDemand(),
            ledger: ledger)
    }
}
