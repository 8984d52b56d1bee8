import ArgumentParser
import Foundation
import JSONText
import Millrace

/// Measures one model and prints the line that a peer's script prints.
struct RunOurs: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run-ours", abstract: "Runs one case of ours.")

    @Option var model: BenchmarkModel
    @Option var data = BenchmarkData.memory
    @Option var task = BenchmarkTask.train
    @Option var precision = Precision.float32
    @Option(help: "Samples of a batch (default: the model's).") var batchSize: Int?
    @OptionGroup var options: CaseOptions
    @Option(help: "Threads that decode.") var decodeWorkers: Int?

    private static let (warmCalls, timedCalls) = (50, 200)

    /// Keeps the speed of every epoch.
    private final class Speeds: Callback {
        var samplesPerSecond: [Double] = []
        var waitFractions: [Double] = []
        func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) {
            samplesPerSecond.append(report.samplesPerSecond)
            waitFractions.append(report.waitFraction)
        }
    }

    func run() throws {
        ComputeThreads.count = options.threads
        let trained = try model.make(precision, models: options.modelsDir)
        var line: [(key: String, value: JSONValue)] = [
            ("task", .string(task.rawValue)), ("peer", .string("millrace")), ("model", .string(model.rawValue)),
            ("precision", .string(precision.rawValue)), ("threads", .integer(options.threads)),
        ]
        switch task {
        case .train: line += try train(trained)
        case .predictLatency: line += try latency(trained)
        case .firstUpdate: line += try firstUpdate(trained)
        }
        line.append(("peak_rss_bytes", .integer(ProcessMemory.peakResidentBytes)))
        print(JSONValue.object(line.map { .init(key: $0.key, value: $0.value) }).text())
    }

    private var rowsOfBatch: Int { batchSize ?? model.specification.batchSizes[0] }

    private func train(_ trained: Model) throws -> [(key: String, value: JSONValue)] {
        var settings = FitSettings()
        settings.batchSize = rowsOfBatch
        let steps = options.steps ?? model.specification.steps
        settings.stepsPerEpoch = steps
        // The first block warms up.
        settings.epochs = options.blocks + 1
        settings.decodeWorkers = decodeWorkers
        let source = try data.source(model, precision, file: options.hdf5, rows: steps * rowsOfBatch)
        let plan = try trained.plan(source, settings)
        let speeds = Speeds()
        let history = try trained.fit(source, settings, plan, callbacks: [speeds])
        let timed = speeds.samplesPerSecond.dropFirst()
        return [
            ("samples_per_second", .number(median(Array(timed)))), ("median_of", .integer(timed.count)),
            ("data", .string(data.rawValue)), ("batch_size", .integer(rowsOfBatch)), ("steps", .integer(steps)),
            ("wait_fraction", .number(median(Array(speeds.waitFractions.dropFirst())))),
            ("last_loss", .number(history["loss"].last ?? .nan)),
        ]
    }

    /// One sample in, its probabilities out.
    private func latency(_ trained: Model) throws -> [(key: String, value: JSONValue)] {
        let batch = try randomBatch(of: 1, for: trained)
        var seconds: [Double] = []
        for _ in 0..<Self.warmCalls + Self.timedCalls {
            let start = ContinuousClock.now
            _ = try trained.predictOnBatch(batch)
            seconds.append((ContinuousClock.now - start) / .seconds(1))
        }
        let timed = Array(seconds.dropFirst(Self.warmCalls))
        return [
            ("microseconds", .number(median(timed) * 1e6)), ("median_of", .integer(timed.count)),
            ("batch_size", .integer(1)),
        ]
    }

    private func firstUpdate(_ trained: Model) throws -> [(key: String, value: JSONValue)] {
        let logs = try trained.trainOnBatch(try randomBatch(of: rowsOfBatch, for: trained))
        let seconds = try ProcessStart.secondsAgo()
        return [
            ("seconds", .number(seconds)), ("median_of", .integer(1)), ("batch_size", .integer(rowsOfBatch)),
            ("last_loss", .number(logs["loss"] ?? .nan)),
        ]
    }

    private func randomBatch(of rows: Int, for trained: Model) throws -> Batch {
        let source = BenchmarkData.random(model, model.inputShape(precision), rows: rows)
        var options = BatchOptions()
        (options.batchSize, options.shuffle) = (rows, .none)
        options.inputTypes = trained.inputs.map(\.type)
        guard let batch = try BatchStream(source, options: options).next() else {
            throw CaseFailure("expected a batch of \(rows) random rows, found none")
        }
        return batch
    }
}
