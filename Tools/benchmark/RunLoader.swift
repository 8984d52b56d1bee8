import ArgumentParser
import Foundation
import JSONText
import Millrace

/// What an epoch of a loader is.
struct LoaderOptions: ParsableArguments {
    @Option(help: "Rows of a batch.")
    var batchSize = 128

    @Option(help: "Rows that are shuffled at once: the window.")
    var windowRows = 10_240

    @Option(help: "Timed epochs of a run; the median counts.")
    var epochs = 3

    /// As arguments of another process, ours or a peer's.
    var arguments: [String] {
        ["--batch-size", "\(batchSize)", "--window-rows", "\(windowRows)", "--epochs", "\(epochs)"]
    }
}

/// Streams one file and prints the line that a peer's script prints.
struct RunLoader: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-loader", abstract: "Streams shuffled epochs of one file, converted to float32.")

    @Option(help: "An HDF5 file as Tools/peers/make_loader_data.py writes it.") var file: String
    @Option(help: "The input dataset (default: the file's name up to a dash).") var x: String?
    @OptionGroup var options: LoaderOptions
    @Option(help: "Threads that read, decode and fill batches (default: as the library chooses).") var workers: Int?

    @Option(help: "Bytes of batches ahead (default: as the library chooses).") var queueBytes: Int?

    /// What the consumer has seen of an epoch.
    private struct Epoch {
        var rows = 0
        var labelSum = 0
        var check: Float = 0

        /// Reads each cache line of the input, and all labels, as a trainer would.
        mutating func take(_ batch: borrowing Batch) {
            let floats = batch.inputs[0].floats
            for index in stride(from: 0, to: floats.count, by: 16) { check += floats[index] }
            labelSum += batch.targets[0].integers.reduce(0) { $0 + Int($1) }
            rows += batch.rowCount
        }
    }

    func run() throws {
        var start = ContinuousClock.now
        let name = x ?? String(URL(filePath: file).lastPathComponent.prefix { $0 != "-" && $0 != "." })
        let base = try HDF5Source(file, x: name, y: "labels")
        let source = TimedSource(base)
        let stream = try BatchStream(source, options: streamOptions(source))
        guard stream.plan.liveBlocks < source.blocks.count else {
            throw CaseFailure(
                "expected more than a window of \(options.windowRows) rows, found \(source.rowCount) in \(file): blocks"
                    + " that stay in memory are decoded once only; lower --window-rows")
        }
        var (epoch, seconds, waits): (Epoch, [Double], [Double]) = (Epoch(), [], [])
        var (labelSum, waited): (Int?, Double) = (nil, 0)
        var warmUp = 0.0
        while let batch = try stream.next() {
            epoch.take(batch)
            guard batch.isLastOfEpoch else { continue }
            let now = ContinuousClock.now
            let duration = (now - start) / .seconds(1)
            if seconds.isEmpty { warmUp = ProcessorTime.process }
            seconds.append(duration)
            waits.append((stream.statistics.waitSeconds - waited) / duration)
            guard epoch.rows == source.rowCount, labelSum ?? epoch.labelSum == epoch.labelSum, !epoch.check.isNaN else {
                throw CaseFailure(
                    "\(file): expected \(source.rowCount) rows with labels of sum \(labelSum ?? epoch.labelSum) in each"
                        + " epoch, found \(epoch.rows) with \(epoch.labelSum)")
            }
            (start, waited, labelSum, epoch) = (now, stream.statistics.waitSeconds, epoch.labelSum, Epoch())
        }
        let processor = (ProcessorTime.process - warmUp) / Double(options.epochs)
        let figures = line(
            base, source, stream, labelSum: labelSum ?? 0, seconds: seconds, waits: waits, processor: processor)
        print(figures.text())
    }

    private func streamOptions(_ source: TimedSource) -> BatchOptions {
        var stream = BatchOptions()
        stream.batchSize = options.batchSize
        stream.windowBytes = options.windowRows * source.rowBytes
        // The first epoch warms up.
        stream.epochs = 0..<options.epochs + 1
        if let workers { stream.decodeWorkers = workers }
        if let queueBytes { stream.queueBytes = queueBytes }
        return stream
    }

    private func line(
        _ base: HDF5Source, _ source: TimedSource, _ stream: BatchStream, labelSum: Int, seconds: [Double],
        waits: [Double], processor: Double
    ) -> JSONValue {
        let speeds = seconds.map { Double(source.rowCount) / $0 }
        let speed = median(Array(speeds.dropFirst()))
        let rowBytes = source.inputs[0].rowBytes
        let decoding = source.decoding
        return .object([
            "peer": .string("millrace"), "file": .string(file), "rows": .integer(source.rowCount),
            "row_bytes": .integer(rowBytes), "label_sum": .integer(labelSum),
            "batch_size": .integer(options.batchSize), "workers": workers.map(JSONValue.integer) ?? .null,
            "rows_per_second": .number(speed), "decoded_bytes_per_second": .number(speed * Double(rowBytes)),
            "first_epoch_rows_per_second": .number(speeds.first ?? .nan),
            "epochs": .array(speeds.dropFirst().map(JSONValue.number)),
            "rows_per_core_second": .number(Double(source.rowCount) / processor),
            "decoding_bytes_per_core_second": .number(Double(decoding.bytes) / decoding.seconds),
            "wait_fraction": .number(median(Array(waits.dropFirst()))),
            "stored_bytes_read": .integer(stream.statistics.storedBytesRead),
            "through_library": .array(base.slowColumns.map(JSONValue.string)),
            "plan_bytes": .integer(stream.plan.totalBytes),
            "peak_rss_bytes": .integer(ProcessMemory.peakResidentBytes),
        ])
    }
}
