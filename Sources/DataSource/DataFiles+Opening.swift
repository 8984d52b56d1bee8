/// The columns that a source is opened with, by name.
public struct ColumnNames: Sendable, Hashable {
    /// What the model calls its inputs and outputs; empty when there is no model to ask.
    public var modelInputs: [String] = []
    public var modelOutputs: [String] = []

    /// Columns in the model's order, or `input=column`; empty to have them found.
    public var x: [String] = []
    public var y: [String] = []

    /// The column of weights, if there is one.
    public var sampleWeight: String?

    /// Whether data without targets will not do.
    public var requiresTargets = true

    /// Everything is found.
    public init() {}

    var request: ColumnRequest {
        ColumnRequest(
            inputs: modelInputs, outputs: modelOutputs, x: x, y: y, sampleWeight: sampleWeight,
            requiresTargets: requiresTargets)
    }
}

extension DataFiles {
    /// Opens HDF5 files and datasets of shards as one dataset, whatever each path is.
    ///
    /// Columns are found in the first of them; all others must have the same.
    /// - Throws: `DataError`, which names every difference.
    public static func open(_ paths: [String], _ names: ColumnNames) throws(DataError) -> any Source {
        guard !paths.isEmpty else { throw DataError(kind: .usage, "expected at least one file, found none") }
        var groups: [(kind: Kind, paths: [String])] = []
        for pattern in paths {
            for path in try matches(of: pattern) {
                let kind = kind(of: path)
                if groups.last?.kind == kind {
                    groups[groups.count - 1].paths.append(path)
                } else {
                    groups.append((kind, [path]))
                }
            }
        }
        // A file that comes twice is found within its kind, however far apart the two are.
        for kind in [Kind.hdf5, .shards] {
            let all = groups.filter { $0.kind == kind }.flatMap(\.paths)
            if !all.isEmpty { _ = try expand(all, kind) }
        }
        let first = try open(groups[0].kind, groups[0].paths, names)
        guard groups.count > 1 else { return first }
        var sources = [first]
        for group in groups.dropFirst() {
            var known = names
            (known.modelInputs, known.modelOutputs) = ([], [])
            known.x = first.inputs.map(\.name)
            known.y = first.targets.map(\.name)
            known.requiresTargets = !first.targets.isEmpty
            sources.append(try open(group.kind, group.paths, known))
        }
        return try ConcatenatedSource(sources)
    }

    private static func open(
        _ kind: Kind, _ paths: [String], _ names: ColumnNames
    ) throws(DataError) -> any Source {
        switch kind {
        case .hdf5: try HDF5Source(paths: paths, names)
        case .shards: try ShardSource(paths: paths, names)
        }
    }
}
