import JSONText
import Millrace

/// Shuffled epochs of a dataset of shards, in batches of float32.
struct ShardEpochs {
    private let path: String
    private let options: ShardOptions
    private let workers: Int?

    init(path: String, _ options: ShardOptions, workers: Int?) {
        self.path = path
        self.options = options
        self.workers = workers
    }

    /// What the consumer has seen of an epoch.
    private struct Epoch {
        var rows = 0
        var check = 0
        var touched: Float = 0

        /// Reads each cache line of the input, and all labels, as a trainer would.
        mutating func take(_ batch: borrowing Batch) {
            let (floats, labels) = (batch.inputs[0].floats, batch.targets[0].integers)
            for index in stride(from: 0, to: floats.count, by: 16) { touched += floats[index] }
            let size = floats.count / max(1, batch.rowCount)
            for row in 0..<batch.rowCount {
                let middle = Int(floats[row * size + size / 2])
                let third = Int(floats[row * size + size / 3])
                check += (Int(labels[row]) + 1) * (size + 3 * middle + 7 * third)
            }
            rows += batch.rowCount
        }
    }

    /// The first epoch warms up; it begins with opening the dataset.
    func run() throws -> [String: JSONValue] {
        var start = ContinuousClock.now
        let source = try ShardSource(path, x: "x", y: "y")
        let stream = try BatchStream(source, options: streamOptions(source))
        var (epoch, seconds, check): (Epoch, [Double], Int?) = (Epoch(), [], nil)
        var spread = ClassSpread(batchSize: options.batchSize)
        var warmUp = 0.0
        while let batch = try stream.next() {
            epoch.take(batch)
            spread.add(batch.targets[0].integers)
            guard batch.isLastOfEpoch else { continue }
            let now = ContinuousClock.now
            if seconds.isEmpty { warmUp = ProcessorTime.process }
            seconds.append((now - start) / .seconds(1))
            guard epoch.rows == source.rowCount, check ?? epoch.check == epoch.check, !epoch.touched.isNaN else {
                throw CaseFailure(
                    "\(path): expected \(source.rowCount) rows of sum \(check ?? epoch.check) in each epoch, found"
                        + " \(epoch.rows) of \(epoch.check)")
            }
            (start, check, epoch) = (now, epoch.check, Epoch())
        }
        let speeds = seconds.map { Double(source.rowCount) / $0 }
        let processor = ProcessorTime.process - warmUp
        return [
            "rows": .integer(source.rowCount), "check": .integer(check ?? 0),
            "chi2_per_df": .number(spread.chiSquaredPerDegree),
            "rows_per_second": .number(median(Array(speeds.dropFirst()))),
            "first_epoch_rows_per_second": .number(speeds.first ?? .nan),
            "epochs": .array(speeds.dropFirst().map(JSONValue.number)),
            "rows_per_core_second": .number(Double(source.rowCount * options.epochs) / processor),
            "stored_bytes_read": .integer(stream.statistics.storedBytesRead),
            "live_blocks": .integer(stream.plan.liveBlocks), "plan_bytes": .integer(stream.plan.totalBytes),
        ]
    }

    private func streamOptions(_ source: some Source) -> BatchOptions {
        var stream = BatchOptions()
        stream.batchSize = options.batchSize
        stream.windowBytes = options.windowRows * source.columns.reduce(0) { $0 + $1.rowBytes }
        stream.epochs = 0..<options.epochs + 1
        if let workers { stream.decodeWorkers = workers }
        return stream
    }
}
