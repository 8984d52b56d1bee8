import ArgumentParser
import DataSource
import Engine
import Memory
import Training

extension ByteCount: ExpressibleByArgument {
    public init?(argument: String) { self.init(parsing: argument) }
}

extension ShufflePolicy: ExpressibleByArgument {}
extension BadBlockPolicy: ExpressibleByArgument {}

/// The data of a command, and how they are read.
struct DataOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The HDF5 file.", valueName: "file"))
    var data: String

    @Option(
        name: .customLong("x"),
        help: ArgumentHelp("The input column (default: x, else the only plausible one).", valueName: "name"))
    var input: String?

    @Option(
        name: .customLong("y"),
        help: ArgumentHelp("The target column (default: y, else the only plausible one).", valueName: "name"))
    var target: String?

    @Option(name: .long, help: ArgumentHelp("A column of per-sample weights.", valueName: "name"))
    var sampleWeight: String?

    @Option(name: .long, help: "Samples of a batch; the last partial batch is kept.")
    var batchSize = 32

    @Option(name: .long, help: ArgumentHelp("Cap on the process's peak resident size, e.g. 512MiB.", valueName: "size"))
    var memory: ByteCount?

    @Option(name: .long, help: ArgumentHelp("Threads that compute (default: one per core).", valueName: "n"))
    var computeThreads: Int?

    @Option(name: .long, help: ArgumentHelp("Options from a YAML file; flags win.", valueName: "file"))
    var config: String?

    @Flag(name: .long, help: "Print errors only.")
    var quiet = false

    func validate() throws {
        guard batchSize > 0 else { throw ValidationError("--batch-size is \(batchSize), expected a positive number") }
        if let computeThreads, computeThreads <= 0 {
            throw ValidationError("--compute-threads is \(computeThreads), expected a positive number")
        }
    }

    /// Opens the file of `--data`, or another one with the same columns.
    func source(_ path: String? = nil, requiresTargets: Bool = true) throws(DataError) -> HDF5Source {
        let source = try HDF5Source(
            path ?? data, x: input, y: target, sampleWeight: requiresTargets ? sampleWeight : nil,
            requiresTargets: requiresTargets)
        if !quiet {
            for column in source.slowColumns {
                printError("millrace: \(source.path): read through the HDF5 library: \(column)")
            }
        }
        return source
    }

    var cap: MemoryCap { memory.map { .cap($0) } ?? .none }

    func applyThreads() { if let computeThreads { ComputeThreads.count = computeThreads } }
}
