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
        if !groups.contains(where: { $0.kind == .shards }),
            let name = (Array(names.padding.keys) + Array(names.images.keys)).min()
        {
            throw DataError(
                kind: .usage, file: groups[0].paths[0], dataset: name,
                "rows of HDF5 datasets have one shape: they are neither padded nor decoded to a size")
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
