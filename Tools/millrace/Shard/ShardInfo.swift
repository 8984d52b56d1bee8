import ArgumentParser
import DataSource
import Memory
import Shards

struct ShardInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Prints what a dataset of shards holds: columns, sizes, statistics, shuffle quality.",
        discussion: """
            Example:
              millrace shard info shards --window 64MiB
            """)

    @Argument(help: ArgumentHelp("The directory of the dataset, or its manifest.", valueName: "dir"))
    var path: String

    @Option(name: .long, help: ArgumentHelp("The shuffle window to predict the quality of.", valueName: "size"))
    var window = ByteCount.mebibytes(64)

    @Option(name: .long, help: ArgumentHelp("The batch size of that prediction.", valueName: "n"))
    var batchSize = 128

    @Flag(name: .long, help: "Print the manifest and the prediction as one JSON object.")
    var json = false

    @Flag(name: .long, help: "Print nothing: only check that the dataset can be opened.")
    var quiet = false

    func validate() throws {
        guard !(json && quiet) else { throw ValidationError("--json and --quiet exclude each other") }
        guard batchSize > 0 else { throw ValidationError("--batch-size is \(batchSize), expected a positive number") }
        guard window.bytes > 0 else { throw ValidationError("--window is \(window), expected a size above zero") }
    }

    func run() throws {
        let dataset = try ShardDataset(path: path)
        guard !quiet else { return }
        let manifest = dataset.manifest
        let quality = predictedQuality(dataset)
        guard !json else {
            // The manifest as its file has it: numbers to the last digit.
            let text = String(decoding: manifest.text, as: UTF8.self).replacing("\n", with: "")
            return try printOutput(
                "{\"manifest\":\(text),\"predicted_chi2_per_df\":\(quality),\"window_bytes\":\(window.bytes),"
                    + "\"batch_size\":\(batchSize)}")
        }
        let shards = manifest.shards
        try printOutput("\(path): \(manifest.rowCount) rows in \(shards.count) shards and \(dataset.blockCount) blocks")
        if !manifest.source.isEmpty { try printOutput("  made from \(manifest.source)") }
        let rowBytes = ConversionSummary.contentBytes(of: manifest) / max(1, manifest.rowCount)
        try printOutput(
            "  \(ByteCount(manifest.byteCount)) stored, \(ConversionSummary.ratio(of: manifest)) of "
                + "\(ByteCount(ConversionSummary.contentBytes(of: manifest))); \(ByteCount(rowBytes)) a row")
        let sizes = shards.map(\.byteCount)
        try printOutput(
            "  shards of \(ByteCount(sizes.min() ?? 0)) to \(ByteCount(sizes.max() ?? 0)); blocks of "
                + "\(manifest.schema.blockRows) rows, \(ByteCount(rowBytes * manifest.schema.blockRows)) decoded")
        for (index, column) in manifest.schema.columns.enumerated() {
            try printOutput("  " + Self.describe(column, isShuffled: manifest.schema.isShuffled[index]))
            for line in Self.describe(manifest.statistics[index]) { try printOutput("      " + line) }
        }
        if let names = manifest.classNames {
            let shown = names.names.prefix(10).enumerated().map { "\($0)=\($1)" }.joined(separator: " ")
            try printOutput("  classes of \(names.column): \(shown)" + (names.names.count > 10 ? " …" : ""))
        }
        try printOutput("  " + Self.describe(manifest.shuffle))
        if let augmentation = manifest.augmentation {
            try printOutput(
                "  \(augmentation.passes) passes, changed by \(augmentation.specification.joined(separator: " ")), "
                    + "seed \(augmentation.seed)")
        }
        try printOutput(
            "  a shuffle window of \(window) and batches of \(batchSize): χ²/df \(ConversionSummary.rounded(quality)) on rows that "
                + "are sorted by class (1 is uniform)")
    }

    // As training with this window would take the rows.
    private func predictedQuality(_ dataset: ShardDataset) -> Double {
        var options = BatchOptions()
        options.windowBytes = window.bytes
        options.batchSize = batchSize
        return ShuffleQuality.chiSquaredPerDegree(of: DatasetLayout(dataset), options: options)
    }

    private static func describe(_ column: ShardColumn, isShuffled: Bool) -> String {
        var text = "\(column.name): "
        if column.isBytes {
            text += "bytes" + (column.encoding.map { " (\($0.rawValue))" } ?? "")
        } else {
            let extents = (column.isRagged ? ["any"] : []) + column.rowShape.dimensions.map(String.init)
            text += column.type.rawValue + (extents.isEmpty ? "" : " (" + extents.joined(separator: ", ") + ")")
        }
        return text + (isShuffled ? ", byte-shuffled" : "")
    }

    private static func describe(_ statistics: ShardColumnStatistics) -> [String] {
        let share = ConversionSummary.percent(statistics.storedBytes, of: statistics.contentBytes)
        var lines = ["\(ByteCount(statistics.storedBytes)) stored, \(share) of \(ByteCount(statistics.contentBytes))"]
        if let numbers = statistics.numbers, let least = numbers.minimum, let most = numbers.maximum {
            lines.append(
                "from \(text(least)) to \(text(most)), mean \(ConversionSummary.rounded(numbers.mean)), deviation "
                    + ConversionSummary.rounded(numbers.deviation)
                    + (numbers.nonFiniteCount > 0 ? ", \(numbers.nonFiniteCount) NaN or infinite" : ""))
        }
        if let lengths = statistics.lengths {
            let mean = Double(lengths.total) / Double(max(1, statistics.rowCount))
            lines.append(
                "lengths from \(lengths.minimum) to \(lengths.maximum), mean \(ConversionSummary.rounded(mean))")
        }
        if let classes = statistics.classes, classes.count <= 1000 {
            let shown = classes.prefix(10).map { "\($0.value): \($0.count)" }.joined(separator: ", ")
            lines.append("\(classes.count) different values: \(shown)" + (classes.count > 10 ? ", …" : ""))
        }
        return lines
    }

    private static func text(_ value: ShardColumnStatistics.Extreme) -> String {
        switch value {
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        }
    }

    private static func describe(_ shuffle: ShardManifest.Shuffle) -> String {
        let way =
            shuffle.policy == "none"
            ? "in the order of the input"
            : "shuffled (\(shuffle.policy), seed \(shuffle.seed.map { "\($0)" } ?? "unknown"))"
        return way + (ConversionSummary.quality(of: shuffle).map { ": \($0)" } ?? "")
    }
}

/// The rows and blocks of a dataset, whatever its columns are: for predictions, which read nothing.
private struct DatasetLayout: Source {
    let inputs: [ColumnInfo]
    let targets: [ColumnInfo] = []
    let blocks: BlockTable

    init(_ dataset: ShardDataset) {
        let bytes = ConversionSummary.contentBytes(of: dataset.manifest) / max(1, dataset.rowCount)
        inputs = [ColumnInfo(name: "row", type: .uint8, rowShape: [max(1, bytes)])]
        blocks = BlockTable(rowCount: dataset.rowCount, rowsPerBlock: dataset.schema.blockRows)
    }

    func makeReader() -> any BlockReader { preconditionFailure("DatasetLayout: there are no rows to read") }
}
