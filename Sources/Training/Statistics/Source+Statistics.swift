import DataSource
import Engine
import Memory
import NeuralNetwork

extension Source {
    /// Count, mean, variance, minimum and maximum of a column, in one pass in the order of the data.
    ///
    /// Values count as the float32 that a model would get. Sums are in double and merged in an order that depends on the
    /// data alone: batch size, workers and cap change the speed, not a bit of the result, and the result rounded to
    /// float32 is right also where the mean is many thousand deviations.
    ///
    /// - Parameters:
    ///   - column: the name of an input, a target or the sample weight; nil for the only input.
    ///   - axis: the axes that keep statistics of their own, as Keras counts them, the batch being 0; nil or none for one
    ///     figure of everything.
    ///   - batchSize: rows that are converted at once; nil for about a mebibyte of them.
    ///   - memory: the most that the process may hold meanwhile.
    /// - Throws: `TrainingError` when there is no such column or axis, when there are no rows, when values are not finite
    ///   (with their number and the first one's place), when data cannot be read, or when the cap is too small.
    public func statistics(
        of column: String? = nil, axis: [Int]? = nil, batchSize: Int? = nil, memory: MemoryCap = .none
    ) throws(TrainingError) -> ColumnStatistics {
        let pass = try StatisticsPass(self, column: column)
        let axes: KeptAxes
        do throws(AxisError) {
            axes = try KeptAxes(axis ?? [], of: pass.info.rowShape)
        } catch {
            throw TrainingError(.usage, "column \"\(pass.info.name)\": \(error.reason)", underlying: error)
        }
        return try pass.run(
            along: axes, options: pass.options(batchSize: batchSize), memory: memory, demand: MemoryDemand(),
            ledger: MemoryLedger())
    }
}

/// What looks at the values of a column, batch by batch.
protocol ColumnTaker: ~Copyable {
    mutating func add(_ values: UnsafeBufferPointer<Float>)
}

/// One pass over a source for the statistics of one of its columns.
package struct StatisticsPass {
    /// The column.
    package let info: ColumnInfo
    private let source: any Source
    /// The column's position in `Source.columns`.
    private let position: Int

    /// Bytes of rows that are converted at once, unless a batch size says otherwise.
    private static let batchBytes = 1 << 20

    /// - Throws: a `.usage` error when there is no such column, a `.data` error when there are no rows.
    package init(_ source: any Source, column: String?) throws(TrainingError) {
        let names = source.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
        guard let position = column.map({ name in source.columns.firstIndex { $0.name == name } }) ?? source.onlyInput
        else {
            let problem =
                column.map { "there is no column \"\($0)\"" } ?? "the data have several inputs; name the column"
            throw TrainingError(.usage, "\(problem); the data have \(names)")
        }
        self.source = source
        self.position = position
        info = source.columns[position]
        if info.padding?.length == .longest {
            throw TrainingError(
                .usage,
                "rows of column \"\(info.name)\" are as long as the longest of their batch, so that statistics would depend on "
                    + "the batch size; pad them to one length")
        }
        guard source.rowCount > 0 else {
            throw TrainingError(.data, "column \"\(info.name)\" has no rows; statistics need at least one")
        }
    }

    /// Options for one epoch in the order of the data.
    package func options(batchSize: Int?) throws(TrainingError) -> BatchOptions {
        if let batchSize, batchSize <= 0 {
            throw TrainingError(.usage, "batch size \(batchSize): expected a positive number")
        }
        var settings = FitSettings()
        let rowBytes = source.columns.reduce(0) { $0 + $1.rowShape.elementCount * 4 }
        settings.batchSize = batchSize ?? max(1, Self.batchBytes / max(1, rowBytes))
        settings.shuffle = .none
        settings.windowBytes = 0
        var options = settings.batchOptions(0..<1, targetTypes: source.targets.map { _ in .float32 })
        // Of the data as they are.
        options.augments = false
        return options
    }

    /// Goes over the data.
    ///
    /// - Parameters:
    ///   - axes: of samples of as many elements as the column's rows.
    ///   - demand: what is held besides the pass.
    package func run(
        along axes: KeptAxes, options: BatchOptions, memory: MemoryCap, demand: MemoryDemand, ledger: MemoryLedger
    ) throws(TrainingError) -> ColumnStatistics {
        precondition(
            axes.sample.elementCount == info.rowShape.elementCount,
            "StatisticsPass: samples of \(axes.sample) from rows of \(info.rowShape)")
        var accumulator = MomentAccumulator(axes)
        try feed(
            &accumulator, holding: MomentAccumulator.byteCount(axes), options: options, memory: memory, demand: demand,
            ledger: ledger)
        if let spoiler = accumulator.firstSpoiler { throw error(accumulator.spoiledCount, spoiler) }
        return accumulator.finish(column: info.name)
    }

    /// Gives the column's values batch by batch, in the order of the data.
    ///
    /// - Parameters:
    ///   - bytes: what the taker holds.
    ///   - demand: what is held besides the pass.
    func feed<Taker: ColumnTaker & ~Copyable>(
        _ taker: inout Taker, holding bytes: Int, options: BatchOptions, memory: MemoryCap, demand: MemoryDemand,
        ledger: MemoryLedger
    ) throws(TrainingError) {
        var demand = demand
        demand.activations += bytes
        let plan = try MemoryPlan.make(
            cap: memory, demand: demand, source: source, validation: nil, options: options)
        let guardian = memory.guarded()
        defer { withExtendedLifetime(guardian) {} }
        ledger.grant(bytes, to: .activations)
        defer { ledger.release(bytes, from: .activations) }
        do throws(DataError) {
            let stream = try BatchStream(source, options: plan.options, ledger: ledger)
            while let batch = try stream.next() { taker.add(values(of: batch)) }
        } catch {
            throw TrainingError(error)
        }
    }

    private func values(of batch: borrowing Batch) -> UnsafeBufferPointer<Float> {
        let inputCount = batch.inputs.count
        if position < inputCount { return batch.inputs[position].floats }
        let targets = batch.targets
        return position - inputCount < targets.count
            ? targets[position - inputCount].floats : batch.sampleWeight!.floats
    }

    func error(_ count: Int, _ first: MomentAccumulator.Spoiler) -> TrainingError {
        let elements = info.rowShape.elementCount
        var (rest, place) = (first.position % elements, [Int]())
        for extent in info.rowShape.dimensions.reversed() {
            place.insert(rest % extent, at: 0)
            rest /= extent
        }
        let element = place.isEmpty ? "" : " at \(Shape(place))"
        return TrainingError(
            .data,
            "column \"\(info.name)\": expected finite numbers, found \(count) that are not; the first is \(first.value) "
                + "in row \(first.position / elements)\(element). Replace them or leave their rows out")
    }
}

extension Source {
    /// The position of the input when there is only one.
    fileprivate var onlyInput: Int? { inputs.count == 1 ? 0 : nil }
}
