import Glibc
internal import Shards

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

    /// Columns are chosen in the first dataset.
    ///
    /// - Throws: `DataError`; differences between datasets are collected and named together.
    init(_ paths: [String], _ columnNames: ColumnNames) throws(DataError) {
        let openShards = OpenShards(mostFiles: Self.mostOpen, mostBytes: Self.indexBytes)
        var datasets: [ShardDataset] = []
        for path in paths {
            do throws(ShardError) {
                datasets.append(try ShardDataset(path: path, openShards: openShards))
            } catch {
                throw DataError(error)
            }
        }
        let chosen = try ColumnChoice.choose(in: ShardColumns(dataset: datasets[0]), columnNames.request)
        let names = chosen.x + chosen.y + (columnNames.sampleWeight.map { [$0] } ?? [])
        let fitting = ShardFitting(names: columnNames, datasets: datasets)
        try fitting.checkNames()
        var columns: [[ShardReading]] = []
        var differences = SchemaDifferences(reference: paths[0])
        for (path, dataset) in zip(paths, datasets) {
            var found: [ShardReading] = []
            for (index, name) in names.enumerated() {
                do throws(DataError) {
                    found.append(
                        try fitting.reading(of: name, in: dataset, input: index < chosen.x.count ? index : nil))
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

    /// What open shards hold in memory, at most.
    func sharedBytes(dropsPageCache: Bool) -> Int {
        let open = min(Self.mostOpen, datasets.reduce(0) { $0 + $1.shardCount })
        let indexes = datasets.reduce(0) { $0 + $1.indexBytes }
        return min(indexes, Self.indexBytes) + (dropsPageCache ? open * ShardFile.dropBehindBytes : 0)
    }
}
