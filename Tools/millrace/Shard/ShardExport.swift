import ArgumentParser
import Conversion
import Glibc
import Memory
import Shards
import Workers

struct ShardExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a dataset of shards as one HDF5 file.",
        discussion: """
            Example:
              millrace shard export shards --out train.h5 --columns x,y --rows :10000

            Every column is a dataset: chunked, byte-shuffled and compressed with gzip, in its stored type; text and \
            lists of differing lengths are datasets of variable length, which the format stores uncompressed. The file \
            appears whole or not at all.
            """)

    @Argument(help: ArgumentHelp("A directory of shards, or its manifest.", valueName: "dir"))
    var directory: String

    @Option(name: .long, help: ArgumentHelp("The HDF5 file to write.", valueName: "file"))
    var out: String

    @Option(name: .long, help: ArgumentHelp("The columns to write, in this order (default: all).", valueName: "a,b"))
    var columns: [String] = []

    @Option(
        name: .long, parsing: .unconditional,
        help: ArgumentHelp("Rows as Python slices them, e.g. 1000:, :-500 or 100:200 (default: all).", valueName: "a:b")
    )
    var rows: RowSlice?

    @Option(name: .long, help: ArgumentHelp("The level of gzip, 1 to 9; 0 stores values as they are.", valueName: "n"))
    var level = 4

    @Flag(name: .long, help: "Write text as lists of bytes: HDF5's text cannot hold zero bytes.")
    var textAsBytes = false

    @Option(name: .long, help: ArgumentHelp("Cap on the process's peak resident size, e.g. 512MiB.", valueName: "size"))
    var memory = ByteCount.mebibytes(512)

    @Option(
        name: .long, help: ArgumentHelp("Threads that decode and compress (default: one per core).", valueName: "n"))
    var workers: Int?

    @Flag(name: .long, help: "Replace a file that is there.")
    var force = false

    @Flag(name: .long, help: "Print errors only.")
    var quiet = false

    func validate() throws {
        guard 0...9 ~= level else { throw ValidationError("--level is \(level), expected 0 to 9") }
        if let workers, !(1...1024 ~= workers) {
            throw ValidationError("--workers is \(workers), expected 1 to 1024")
        }
    }

    func run() throws {
        StopSignal.install()
        let dataset = try ShardDataset(path: directory)
        var options = ExportOptions()
        if !columns.isEmpty {
            options.columns = columns.flatMap { $0.split(separator: ",").map(String.init) }
        }
        if let rows {
            let range = rows.range(of: dataset.rowCount)
            guard !range.isEmpty else {
                throw CommandFailure(
                    .usage, "--rows \(rows): none of the \(dataset.rowCount) rows of \(directory) are left")
            }
            options.rows = range
        }
        options.level = level == 0 ? nil : level
        options.writesTextAsBytes = textAsBytes
        options.memory = memory
        options.workers = workers ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        options.overwrites = force
        let showsProgress = !quiet && isatty(2) != 0
        var shown = 0
        let summary = try ShardExporter(dataset, to: out, options: options) {
            StopSignal.isRequested
        } progress: { state in
            let percent = state.rows * 100 / max(1, state.allRows ?? 1)
            guard showsProgress, percent > shown else { return }
            shown = percent
            let line = "\r\(state.rows) of \(state.allRows ?? 0) rows (\(percent) %)"
            _ = write(2, line, line.utf8.count)
        }.run()
        if showsProgress { printError("") }
        if !quiet {
            let names = summary.columns.map(\.name).joined(separator: ", ")
            printError("wrote \(summary.rowCount) rows of \(names) to \(out)")
        }
    }
}
