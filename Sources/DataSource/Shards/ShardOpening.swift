import Glibc
import Shards

/// The opening of a source's datasets: each manifest is read once and compared with the first.
struct ShardOpening {
    let paths: [String]
    let datasets: [ShardDataset]

    /// For each dataset the columns of the source.
    let columns: [[ShardReading]]
    let inputCount: Int
    let openShards: OpenShards

    /// Shards of all datasets that are kept open: fewer where a process may have few files.
    private static let mostOpen: Int = {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 16 }
        return min(128, max(1, Int(clamping: limit.rlim_cur) / 8))
    }()

    /// Bytes that the indexes of open shards take, at most.
    private static let indexBytes = 16 << 20

    /// - Parameter choose: says which columns of the first dataset are inputs and targets.
    /// - Throws: `DataError`; differences between datasets are collected and named together.
    init(
        _ paths: [String], sampleWeight: String?,
        choose: (ShardDataset) throws(DataError) -> (x: [String], y: [String])
    ) throws(DataError) {
        let openShards = OpenShards(mostFiles: Self.mostOpen, mostBytes: Self.indexBytes)
        var datasets: [ShardDataset] = []
        for path in paths {
            do throws(ShardError) {
                datasets.append(try ShardDataset(path: path, openShards: openShards))
            } catch {
                throw DataError(error)
            }
        }
        let chosen = try choose(datasets[0])
        let names = chosen.x + chosen.y + (sampleWeight.map { [$0] } ?? [])
        var columns: [[ShardReading]] = []
        var differences = SchemaDifferences(reference: paths[0])
        for (path, dataset) in zip(paths, datasets) {
            var found: [ShardReading] = []
            for (index, name) in names.enumerated() {
                do throws(DataError) {
                    found.append(try Self.reading(of: name, in: dataset))
                } catch {
                    guard !columns.isEmpty else { throw error }
                    let missing = error.underlying is ShardColumns.MissingColumn
                    differences.add(
                        path, name, expected: columns[0][index].info.summary,
                        found: missing ? "no such column" : error.message)
                }
            }
            if let reference = columns.first, found.count == names.count {
                differences.compare(path, found.map(\.info), with: reference.map(\.info), role: "column")
            }
            columns.append(found)
        }
        try differences.check(of: paths.count)
        self.paths = paths
        self.datasets = datasets
        self.columns = columns
        self.openShards = openShards
        inputCount = chosen.x.count
    }

    private static func reading(of name: String, in dataset: ShardDataset) throws(DataError) -> ShardReading {
        let index = try ShardColumns(dataset: dataset).index(of: name)
        let column = dataset.schema.columns[index]
        guard !column.isRagged else {
            throw DataError(
                file: dataset.manifestPath, dataset: name,
                "expected rows of one shape, found \(ShardSummary.text(of: column, dataset.manifest.statistics[index]))"
            )
        }
        return ShardReading(
            column: index, info: ColumnInfo(name: column.name, type: column.type, rowShape: column.rowShape))
    }

    /// What open shards hold in memory, at most.
    func sharedBytes(dropsPageCache: Bool) -> Int {
        let open = min(Self.mostOpen, datasets.reduce(0) { $0 + $1.shardCount })
        let indexes = datasets.reduce(0) { $0 + $1.indexBytes }
        return min(indexes, Self.indexBytes) + (dropsPageCache ? open * ShardFile.dropBehindBytes : 0)
    }
}
