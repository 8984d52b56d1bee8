import HDF5Store

/// The opening of a source's files: each is looked at once and compared with the first.
struct HDF5Opening {
    let pool: HDF5FilePool
    let inputCount: Int

    /// - Parameter choose: says which datasets of the first file are inputs and targets.
    /// - Throws: `DataError`; differences between files are collected and named together.
    init(
        _ paths: [String], sampleWeight: String?,
        choose: (HDF5File) throws(DataError) -> (x: [String], y: [String])
    ) throws(DataError) {
        if paths.count > HDF5FilePool.mostOpen { HDF5FilePool.prepare() }
        let first = try Self.open(paths[0])
        let chosen = try choose(first)
        let names = chosen.x + chosen.y + (sampleWeight.map { [$0] } ?? [])
        var facts: [HDF5PartFacts] = []
        var open: [(number: Int, datasets: [HDF5Dataset])] = []
        var differences = SchemaDifferences(reference: paths[0])
        for (number, path) in paths.enumerated() {
            let file = try number == 0 ? first : Self.open(path)
            var datasets: [HDF5Dataset] = []
            for (index, name) in names.enumerated() {
                do throws(DataError) {
                    datasets.append(try HDF5Columns(file: file).open(name))
                } catch {
                    // What is damaged is no difference of schemas.
                    guard number > 0, error.isAboutSchema else { throw error }
                    let found = (error.underlying as? HDF5Error)?.message ?? error.message
                    differences.add(path, name, expected: facts[0].columns[index].summary, found: found)
                }
            }
            guard datasets.count == names.count else { continue }
            let found = try HDF5PartFacts(datasets)
            if let reference = facts.first {
                differences.compare(path, found.columns, with: reference.columns, role: "column")
            }
            facts.append(found)
            if open.count < HDF5FilePool.mostOpen { open.append((number, datasets)) }
        }
        try differences.check(of: paths.count)
        pool = HDF5FilePool(names: names, facts: facts, open: open)
        inputCount = chosen.x.count
    }

    private static func open(_ path: String) throws(DataError) -> HDF5File {
        do throws(HDF5Error) {
            return try HDF5File(path: path)
        } catch {
            throw DataError(error)
        }
    }
}

extension DataError {
    /// Whether the file is whole, but a dataset in it missing or of a type that is no column.
    fileprivate var isAboutSchema: Bool {
        guard let underlying else { return kind == .invalid }
        return (underlying as? HDF5Error)?.kind == .noObject
    }
}
