import Memory
internal import Shards

/// What a dataset of shards holds, in words.
public struct ShardSummary: Sendable {
    /// A line each: the dataset itself, how its rows were shuffled, and its columns.
    public let lines: [String]

    /// Opens the dataset of a directory or manifest; reads no shard.
    public init(_ path: String) throws(DataError) {
        let dataset: ShardDataset
        do throws(ShardError) { dataset = try ShardDataset(path: path) } catch { throw DataError(error) }
        let manifest = dataset.manifest
        let rows = "\(dataset.rowCount) rows in \(dataset.blockCount) blocks of \(manifest.schema.blockRows)"
        let shards = "\(dataset.shardCount) shard\(dataset.shardCount == 1 ? "" : "s")"
        var lines = ["\(rows); \(shards), \(ByteCount(manifest.byteCount)); identity \(Self.identity(of: dataset))"]
        if !manifest.source.isEmpty { lines.append("from \(manifest.source)") }
        if manifest.shuffle.policy != "none" {
            let quality = (manifest.shuffle.order?.chi2PerDegree ?? manifest.shuffle.chi2PerDegree).map {
                ", chi-squared per degree of freedom \($0)"
            }
            let seed = manifest.shuffle.seed.map { " with seed \($0)" } ?? ""
            lines.append("shuffled: \(manifest.shuffle.policy)\(seed)\(quality ?? "")")
        }
        if let augmentation = manifest.augmentation {
            let what = augmentation.specification.joined(separator: ", ")
            lines.append("\(augmentation.passes) augmented passes: \(what), seed \(augmentation.seed)")
        }
        for (column, statistics) in zip(manifest.schema.columns, manifest.statistics) {
            lines.append("\(column.name): \(Self.text(of: column, statistics))" + Self.values(of: statistics))
        }
        if let classes = manifest.classNames {
            let shown = classes.names.prefix(10).joined(separator: ", ")
            let rest = classes.names.count > 10 ? ", and \(classes.names.count - 10) more" : ""
            lines.append("classes of \(classes.column): \(shown)\(rest)")
        }
        self.lines = lines
    }

    /// The dataset's identity as text: 16 hexadecimal digits.
    static func identity(of dataset: ShardDataset) -> String {
        let digits = String(dataset.identity, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// `uint8, rows of shape (28, 28)`, `int32, 0 to 180 steps of shape (3,) a row`, `bytes (image), 20 to 4000 a row`.
    static func text(of column: ShardColumn, _ statistics: ShardColumnStatistics) -> String {
        guard column.isRagged else {
            let info = ColumnInfo(name: column.name, type: column.type, rowShape: column.rowShape)
            return info.summary
        }
        let lengths = statistics.lengths.map { "\($0.minimum) to \($0.maximum)" } ?? "any number"
        if column.isBytes { return "bytes\(column.encoding.map { " (\($0.rawValue))" } ?? ""), \(lengths) a row" }
        let steps = column.rowShape.rank == 0 ? "a row" : "steps of shape \(column.rowShape) a row"
        return "\(column.type), \(lengths) \(steps)"
    }

    private static func values(of statistics: ShardColumnStatistics) -> String {
        var text = ""
        if let classes = statistics.classes, !classes.isEmpty {
            text += ", \(classes.count) different value\(classes.count == 1 ? "" : "s")"
        }
        if statistics.storedBytes > 0 {
            let ratio = Double(statistics.contentBytes) / Double(statistics.storedBytes)
            text += "; stored in \(ByteCount(statistics.storedBytes)), ratio \((ratio * 100).rounded() / 100)"
        }
        return text
    }
}
