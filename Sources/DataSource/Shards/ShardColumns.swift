internal import Shards

/// The columns of a dataset of shards, for finding them by name.
struct ShardColumns: ColumnContainer {
    let dataset: ShardDataset

    var path: String { dataset.manifestPath }
    var noun: String { "dataset" }
    var columnNoun: String { "column" }

    func candidates() -> [ColumnCandidate] {
        zip(dataset.schema.columns, dataset.manifest.statistics).map { column, statistics in
            let longest = column.isRagged ? [statistics.lengths?.maximum ?? 0] : []
            return ColumnCandidate(
                name: ColumnChoice.trimmed(column.name),
                shape: [dataset.rowCount] + longest + column.rowShape.dimensions, isColumn: column.encoding != .text,
                text: "\(column.name): \(ShardSummary.text(of: column, statistics))")
        }
    }

    func check(_ name: String) throws(DataError) { _ = try index(of: name) }

    /// The place of a column in the schema.
    func index(of name: String) throws(DataError) -> Int {
        let columns = dataset.schema.columns
        guard
            let index = columns.firstIndex(where: { $0.name == name })
                ?? columns.firstIndex(where: { ColumnChoice.isSame($0.name, name) })
        else {
            throw DataError(
                file: path, dataset: name, "there is no such column. \(try contents())",
                underlying: MissingColumn())
        }
        return index
    }

    /// Marks the error of a name that a dataset does not have.
    struct MissingColumn: Error {}
}
