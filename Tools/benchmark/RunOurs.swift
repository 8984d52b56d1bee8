import ArgumentParser
import JSONText
import Millrace

/// Trains one model on one kind of data and prints the line that a peer's script prints.
struct RunOurs: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run-ours", abstract: "Runs one case of ours.")

    @Option var model: BenchmarkModel
    @Option var data: BenchmarkData
    @OptionGroup var options: CaseOptions
    @Option(help: "Threads that decode.") var decodeWorkers: Int?

    /// Keeps the speed of every epoch.
    private final class Speeds: FitObserver {
        var samplesPerSecond: [Double] = []
        var waitFractions: [Double] = []
        func epochDidEnd(_ report: EpochReport) -> FitControl {
            samplesPerSecond.append(report.samplesPerSecond)
            waitFractions.append(report.waitFraction)
            return .continue
        }
    }

    func run() throws {
        ComputeThreads.count = options.threads
        let trained = try model.make()
        let source = try data.source(options.hdf5)
        var settings = FitSettings()
        settings.batchSize = options.batchSize
        settings.stepsPerEpoch = options.steps ?? model.steps
        // The first block warms up.
        settings.epochs = options.blocks + 1
        settings.decodeWorkers = decodeWorkers
        let plan = try trained.plan(source, settings)
        let speeds = Speeds()
        let history = try trained.fit(source, settings, plan, observers: [speeds])
        let timed = speeds.samplesPerSecond.dropFirst()
        let line = JSONValue.object([
            "peer": .string("millrace"), "model": .string(model.rawValue), "data": .string(data.rawValue),
            "samples_per_second": .number(median(Array(timed))), "median_of": .integer(timed.count),
            "wait_fraction": .number(median(Array(speeds.waitFractions.dropFirst()))),
            "last_loss": .number(history["loss"].last ?? .nan),
            "peak_rss_bytes": .integer(ProcessMemory.peakResidentBytes),
        ])
        print(line.text())
    }
}

/// Where the samples come from.
enum BenchmarkData: String, CaseIterable, ExpressibleByArgument {
    /// Arrays that were read before the clock starts.
    case memory
    /// Streamed and decompressed while training.
    case hdf5

    func source(_ path: String) throws -> any Source {
        let file = try HDF5Source(path)
        guard self == .memory else { return file }
        var images: [Float] = []
        var labels: [Int32] = []
        let stream = try file.batches(of: 1000, shuffle: .none)
        while let batch = try stream.next() {
            images += Array(batch.inputs[0].floats)
            labels += Array(batch.targets[0].integers)
        }
        return ArraySource(
            inputs: [ArrayColumn("images", images, rowShape: file.inputs[0].rowShape)],
            targets: [ArrayColumn("labels", labels)])
    }
}

extension BenchmarkModel: ExpressibleByArgument {
    /// Updates of a timed block: about a second.
    var steps: Int { self == .convnet ? 100 : 400 }
}
