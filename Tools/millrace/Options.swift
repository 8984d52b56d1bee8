import ArgumentParser
import DataSource
import Engine
import Memory
import NeuralNetwork
import Training
import Workers

extension ByteCount: ExpressibleByArgument {
    public init?(argument: String) { self.init(parsing: argument) }
}

extension ShufflePolicy: ExpressibleByArgument {}
extension BadBlockPolicy: ExpressibleByArgument {}
extension Recomputation: ExpressibleByArgument {}
extension BatchNormalizationStatistics: ExpressibleByArgument {}
extension OpenMPWaiting: ExpressibleByArgument {}

/// A command that computes on the data of its options.
protocol ComputingCommand {
    var data: DataOptions { get }
}

/// The data of a command, and how they are read.
struct DataOptions: ParsableArguments {
    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "HDF5 files, directories or manifests of shards, or patterns; several are one dataset.", valueName: "path"))
    var data: [String]

    @Option(
        name: .customLong("x"),
        help: ArgumentHelp(
            "An input column (default: x, else the only plausible one); repeat for several, in the model's order or as "
                + "input=column.", valueName: "name"))
    var inputs: [String] = []

    @Option(
        name: .customLong("y"),
        help: ArgumentHelp("A target column, likewise (default: y, else the only plausible one).", valueName: "name"))
    var targets: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A column of per-sample weights; for a model of several outputs also output=column, repeated for several.",
            valueName: "name"))
    var sampleWeight: [String] = []

    @OptionGroup var columns: ConversionOptions

    @OptionGroup var rowOptions: RowOptions

    @Option(
        name: .long, parsing: .unconditional,
        help: ArgumentHelp(
            "Rows of --data as Python slices them, e.g. 1000:, :-500 or 100:200 (default: all).", valueName: "a:b"))
    var rows: RowSlice?

    @Option(name: .long, help: "Samples of a batch; the last partial batch is kept.")
    var batchSize = 32

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Cap on the process's peak resident size, e.g. 512MiB (default: 4/5 of the machine's, or the cgroup's).",
            valueName: "size"))
    var memory: ByteCount?

    @Option(name: .long, help: ArgumentHelp("Threads that compute (default: one per core).", valueName: "n"))
    var computeThreads: Int?

    @Option(
        name: .customLong("openmp-wait"),
        help: ArgumentHelp(
            "How threads that compute wait: bounded (spin for about 150 µs, then sleep), passive (sleep) or active (spin); "
                + "GOMP_SPINCOUNT and OMP_WAIT_POLICY win (default: bounded).", valueName: "how"))
    var openMPWait: OpenMPWaiting?

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

    /// The rows of `--data` that are asked for.
    func source(for model: Model, requiresTargets: Bool = true) throws -> any Source {
        let source = try source(data, for: model, requiresTargets: requiresTargets)
        guard let rows else { return source }
        let range = rows.range(of: source.rowCount)
        guard !range.isEmpty else {
            throw CommandFailure(.usage, "--rows \(rows): none of the \(source.rowCount) rows of \(name) are left")
        }
        return source.rows(range)
    }

    /// The files of `paths` as one dataset with the columns that the options name.
    func source(_ paths: [String], for model: Model, requiresTargets: Bool = true) throws -> any Source {
        var names = ColumnNames()
        names.modelInputs = model.inputs.map(\.name)
        names.modelOutputs = model.outputNames
        (names.x, names.y) = (inputs, targets)
        if requiresTargets { try addWeights(to: &names, model) }
        names.requiresTargets = requiresTargets
        // Open extents are no size that images could be decoded to.
        names.modelInputShapes = model.inputs.map { $0.openAxes.isEmpty ? $0.shape : Shape([]) }
        rowOptions.apply(to: &names)
        let source = try DataFiles.open(paths, names)
        if !quiet {
            let name = Self.name(of: paths)
            for column in source.slowColumns {
                printError("millrace: \(name): read through the HDF5 library: \(column)")
            }
        }
        return try columns.apply(to: source, onlyInputs: !requiresTargets, targets: targets)
    }

    /// The columns of weights: one for all outputs, or more targets for single ones.
    private func addWeights(to names: inout ColumnNames, _ model: Model) throws {
        let weights = try outputWeights(for: model)
        guard !weights.isEmpty else {
            names.sampleWeight = sampleWeight.first
            return
        }
        let columns = Set(weights.values).sorted()
        // Weights stand among the targets as if they were those of more outputs.
        let isNamed = names.y.contains { $0.contains("=") }
        let targets = names.y.isEmpty ? names.modelOutputs : names.y
        names.y = targets + (isNamed ? columns.map { "\($0)=\($0)" } : columns)
        names.modelOutputs += columns
    }

    /// The columns that weigh the samples of single outputs, by the outputs' names.
    func outputWeights(for model: Model) throws -> [String: String] {
        let pairs = sampleWeight.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
        let areNamed = model.outputs.count > 1 && pairs.contains { $0.count == 2 }
        guard areNamed else {
            guard sampleWeight.count <= 1 else {
                throw ValidationError(
                    "--sample-weight is given \(sampleWeight.count) times: expected one column"
                        + (model.outputs.count > 1 ? ", or output=column for single outputs" : ""))
            }
            return [:]
        }
        var weights: [String: String] = [:]
        for pair in pairs {
            guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else {
                throw ValidationError(
                    "--sample-weight \(pair.joined(separator: "=")): expected output=column, as the others are")
            }
            guard model.outputNames.contains(String(pair[0])) else {
                throw ValidationError(
                    "--sample-weight \(pair.joined(separator: "=")): the model's outputs are "
                        + model.outputNames.joined(separator: ", "))
            }
            guard weights.updateValue(String(pair[1]), forKey: String(pair[0])) == nil else {
                throw ValidationError("--sample-weight: output \(pair[0]) has two columns of weights")
            }
        }
        return weights
    }

    /// `--data` for messages that cannot say which file is meant.
    var name: String { Self.name(of: data) }

    /// `train.h5`, or `a.h5 and 3 more`.
    static func name(of paths: [String]) -> String {
        paths.count == 1 ? paths[0] : "\(paths.first ?? "no file") and \(paths.count - 1) more"
    }

    /// The peak of memory so far, beside the cap that was asked for.
    var peakText: String {
        "peak memory \(ByteCount(ProcessMemory.peakResidentBytes))" + (memory.map { " of a cap of \($0)" } ?? "")
    }

    var cap: MemoryCap { memory.map { .cap($0) } ?? .automatic }

    /// Says that the environment has another choice than the option, and that it stays.
    func sayWhichWaitingWins() {
        guard !quiet, let openMPWait, let given = OpenMPWaiting.given,
            given.lowercased() != openMPWait.text.lowercased()
        else { return }
        printError(
            "millrace: --openmp-wait \(openMPWait.rawValue) has no effect: \(given) is set in the environment, which wins; "
                + "unset it for the option")
    }

    func applyThreads() { if let computeThreads { ComputeThreads.count = computeThreads } }
}
