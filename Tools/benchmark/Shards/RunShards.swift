import ArgumentParser
import Conversion
import Glibc
import Images
import JSONText
import Millrace
import Shards

/// Does one task with our shards and prints the line that a peer's script prints.
struct RunShards: ParsableCommand {
    enum Task: String, ExpressibleByArgument { case convert, epoch, single }
    enum Kind: String, ExpressibleByArgument { case photos, images }

    static let configuration = CommandConfiguration(
        commandName: "run-shards",
        abstract: "Converts to shards, streams shuffled epochs of them, or picks single rows.")

    @Option(help: "The directory that Tools/peers/make_shard_data.py has written.") var data: String
    @Option(help: "What is done.") var task: Task
    @Option(help: "What is converted.") var kind = Kind.images
    @OptionGroup var options: ShardOptions
    @Option(help: "Threads (default: as the library chooses, a thread a core for conversions).") var workers: Int?
    @Option(help: "Conversions: the cap on memory, in mebibytes.") var memory = 512

    private var shards: String { "\(data)/\(ShardTask.ours)/\(kind.rawValue)" }

    func run() throws {
        var line: [String: JSONValue] =
            switch task {
            case .convert: try convert()
            case .epoch: try ShardEpochs(path: shards, options, workers: workers).run()
            case .single: try pickRows()
            }
        line["peer"] = .string(ShardTask.ours)
        line["task"] = .string(task.rawValue)
        line["kind"] = .string(kind.rawValue)
        if line["peak_rss_bytes"] == nil { line["peak_rss_bytes"] = .integer(ProcessMemory.peakResidentBytes) }
        print(
            JSONValue.object(line.sorted { $0.key < $1.key }.map { JSONValue.Member(key: $0.key, value: $0.value) })
                .text())
    }

    private func convert() throws -> [String: JSONValue] {
        var reading = RowInputOptions()
        if kind == .images { (reading.x, reading.y) = (["images"], ["labels"]) }
        var writing = ConversionOptions()
        writing.memory = .mebibytes(memory)
        writing.workers = workers ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        writing.overwrites = true
        for directory in ["\(data)/\(ShardTask.ours)"] where mkdir(directory, 0o777) != 0 && errno != EEXIST {
            throw CaseFailure("\(directory): expected to create it, found error \(errno)")
        }
        let start = ContinuousClock.now
        let input = try makeRowInput(
            paths: ["\(data)/\(kind == .photos ? "photos" : "images.h5")"], options: reading,
            images: ImageOptions(keepsEncoded: true))
        let summary = try Converter(input, to: shards, options: writing).run()
        let seconds = start.duration(to: .now) / .seconds(1)
        // Before everything is read back, which is no part of a conversion.
        let peak = ProcessMemory.peakResidentBytes
        let (rows, check) = try readBack()
        return [
            "rows": .integer(rows), "seconds": .number(seconds), "rows_per_second": .number(Double(rows) / seconds),
            "stored_bytes": .integer(summary.manifest.shards.reduce(0) { $0 + $1.byteCount }), "check": .integer(check),
            "peak_rss_bytes": .integer(peak),
        ]
    }

    /// All rows of what was written.
    private func readBack() throws -> (rows: Int, check: Int) {
        let dataset = try ShardDataset(path: shards)
        let decoder = BlockDecoder()
        let chunk = RowChunk(dataset.schema.columns)
        var (rows, check) = (0, 0)
        for block in 0..<dataset.blockCount {
            let place = dataset.place(ofBlock: block)
            try decoder.load(try dataset.file(place.shard), block: place.block)
            chunk.removeAll()
            try decoder.append(to: chunk)
            for row in 0..<chunk.rowCount {
                check += RowCheck.value(chunk[row, 0], label: Int(chunk[row, 1].loadUnaligned(as: Int64.self)))
            }
            rows += chunk.rowCount
        }
        return (rows, check)
    }

    /// Rows by number, one at a time, by one thread: each decodes its block.
    private func pickRows() throws -> [String: JSONValue] {
        let dataset = try ShardDataset(path: shards)
        let rows = RowCheck.randomRows(options.rows, of: dataset.rowCount)
        let decoder = BlockDecoder()
        let chunk = RowChunk(dataset.schema.columns)
        var check = 0
        let start = ContinuousClock.now
        for row in rows {
            let place = dataset.place(ofRow: row)
            try decoder.load(try dataset.file(place.shard), block: place.block)
            chunk.removeAll()
            try decoder.append(to: chunk)
            let label = chunk[place.row, 1].loadUnaligned(as: Int64.self)
            check += RowCheck.value(chunk[place.row, 0], label: Int(label))
        }
        let seconds = start.duration(to: .now) / .seconds(1)
        return [
            "rows": .integer(rows.count), "rows_per_second": .number(Double(rows.count) / seconds),
            "check": .integer(check),
        ]
    }
}
