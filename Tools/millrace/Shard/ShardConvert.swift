import ArgumentParser
import Conversion
import Glibc
import Images
import Memory
import Workers

extension ImageSize: ExpressibleByArgument {
    public init?(argument: String) { self.init(parsing: argument) }
}

extension ResizeMode: ExpressibleByArgument {}
extension Conversion.ConversionOptions.BadRowPolicy: ExpressibleByArgument {}

/// `0:16`.
struct ValueRange: ExpressibleByArgument {
    let range: ClosedRange<Float>

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map { Float($0) }
        guard parts.count == 2, let low = parts[0], let high = parts[1], low < high, low.isFinite, high.isFinite else {
            return nil
        }
        range = low...high
    }
}

struct ShardConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Makes a dataset of shards out of other files.",
        discussion: """
            Reads HDF5, .npy and .npz, CSV and TSV, IDX (MNIST), folders of JPEG and PNG images by class, WebDataset .tar,
            MosaicML MDS directories, and shards. The output is the same bytes for any --workers and --memory.

            Example:
              millrace shard convert photos/ --resize 224x224 --out shards --memory 512MiB
              millrace shard convert train.csv --y species --shuffle 7 --out iris

            Until everything is whole the output holds no dataset, only the directory conversion.partial; an interrupted
            run goes on with --resume, to the same bytes.
            """)

    @Argument(
        help: ArgumentHelp("Files, patterns or directories of one kind; several are one dataset.", valueName: "src"))
    var sources: [String]

    @Option(name: .long, help: ArgumentHelp("The directory to make.", valueName: "dir"))
    var out: String

    @Option(name: .long, help: ArgumentHelp("Cap on the process's peak resident size.", valueName: "size"))
    var memory = ByteCount.mebibytes(512)

    @Option(name: .long, help: ArgumentHelp("Threads (default: one per core).", valueName: "n"))
    var workers: Int?

    @Option(name: .long, help: ArgumentHelp("zstd's compression level.", valueName: "n"))
    var level = 3

    @Option(name: .long, help: ArgumentHelp("Decoded bytes of a block, about.", valueName: "size"))
    var blockBytes = ByteCount.kibibytes(64)

    @Option(name: .long, help: ArgumentHelp("Decoded bytes of a shard, about.", valueName: "size"))
    var shardBytes = ByteCount.mebibytes(64)

    @Option(
        name: .long,
        help: ArgumentHelp("Put the rows in a uniformly random order, out of core, by this seed.", valueName: "seed"))
    var shuffle: UInt64?

    @Option(name: .long, help: ArgumentHelp("Write N passes over the rows, for --augment.", valueName: "n"))
    var `repeat` = 1

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp(
            "Change every row by chance, e.g. flip=horizontal shift=0.1 rotate=15 zoom=0.1 noise=0.01.",
            valueName: "spec"))
    var augment: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("Of --augment: the same seed gives the same rows (default: 0).", valueName: "n")
    )
    var seed: UInt64?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What values can be, for --augment (default: 0:255 for bytes, 0:1 for floats).", valueName: "low:high"))
    var valueRange: ValueRange?

    @OptionGroup(title: "What is read") var input: ShardInputOptions

    @Option(
        name: .long, help: ArgumentHelp("A row that cannot be read: fail, or skip and report.", valueName: "policy"))
    var onBadRow = Conversion.ConversionOptions.BadRowPolicy.fail

    @Flag(name: .long, help: "Go on with an interrupted conversion.")
    var resume = false

    @Flag(name: .long, help: "Replace a dataset, or an interrupted conversion, that is there.")
    var force = false

    @Option(name: .long, help: ArgumentHelp("Options from a YAML file; flags win.", valueName: "file"))
    var config: String?

    @Flag(name: .long, help: "Print errors only.")
    var quiet = false

    func validate() throws {
        guard !sources.isEmpty else { throw ValidationError("name at least one file or directory to convert") }
        for (name, value, most) in [("--workers", workers ?? 1, 1024), ("--repeat", self.repeat, 1_000_000)]
        where !(1...most ~= value) {
            throw ValidationError("\(name) is \(value), expected 1 to \(most)")
        }
        for (name, isGiven) in [("--value-range", valueRange != nil), ("--seed", seed != nil)]
        where isGiven && augment.isEmpty {
            throw ValidationError("\(name) says something of --augment only")
        }
        for (name, size) in [("--block-bytes", blockBytes), ("--shard-bytes", shardBytes)]
        where !(1...Conversion.ConversionOptions.largestBytes ~= size.bytes) {
            let largest = ByteCount(Conversion.ConversionOptions.largestBytes)
            throw ValidationError("\(name) is \(size), expected a size of 1 byte to \(largest)")
        }
        let levels = Conversion.ConversionOptions.levels
        guard levels.contains(level) else {
            throw ValidationError("--level is \(level), expected \(levels.lowerBound) to \(levels.upperBound)")
        }
        guard !(resume && force) else { throw ValidationError("--resume and --force exclude each other") }
    }

    func run() throws {
        StopSignal.install()
        try OutputPlace.check(out, isOutside: sources, replaces: force || resume)
        if resume, OutputPlace.isAmong(sources, out) {
            // Before the input is opened: it is the very dataset that gets its place, and may be half there.
            if try publishUnfinished() { return }
            try OutputPlace.checkIsUnfinished(out, replacing: sources)
        }
        let input: any RowInput
        do {
            input = try self.input.open(sources)
        } catch {
            // It may be gone by the time when the shards lack nothing but their names.
            if resume, try publishUnfinished() { return }
            throw error
        }
        try self.input.check(fits: input, sources)
        if !quiet { for warning in input.warnings { printError("millrace: \(warning)") } }
        let line = quiet ? nil : ConversionProgressLine()
        let converter = Converter(
            input, to: out, options: try options(input), isStopped: { StopSignal.isRequested },
            progress: { line?.show($0) })
        let summary: Converter.Summary
        do {
            summary = try converter.run()
        } catch {
            line?.end()
            throw error
        }
        line?.end()
        if !quiet { printError(ConversionSummary.text(of: summary, at: out)) }
    }

    // Ends a conversion that can be ended without its input; returns whether there was one.
    private func publishUnfinished() throws -> Bool {
        let specification = RowAugmentation.specification(augment, valueRange: valueRange?.range)
        let done = try Converter.publishUnfinished(
            in: out, options: options(nil),
            augmentation: augment.isEmpty ? nil : (specification: specification, seed: seed ?? 0))
        guard let done else { return false }
        if !quiet { printError(ConversionSummary.text(of: done, at: out)) }
        return true
    }

    private func options(_ input: (any RowInput)?) throws -> Conversion.ConversionOptions {
        var options = Conversion.ConversionOptions()
        options.memory = memory
        options.workers = workers ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        options.level = level
        options.blockBytes = blockBytes.bytes
        options.shardBytes = shardBytes.bytes
        options.shuffleSeed = shuffle
        options.passes = self.repeat
        if !augment.isEmpty, let input {
            options.augmentation = try RowAugmentation(
                augment, seed: seed ?? 0, valueRange: valueRange?.range, of: input.columns)
        }
        options.source = sources.joined(separator: " ")
        options.onBadRow = onBadRow
        options.resumes = resume
        options.overwrites = force
        return options
    }
}
