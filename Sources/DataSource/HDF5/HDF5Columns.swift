import HDF5Store

/// The datasets of a file, for finding columns by name.
struct HDF5Columns: ColumnContainer {
    let file: HDF5File

    var path: String { file.path }
    var noun: String { "file" }
    var columnNoun: String { "dataset" }

    func candidates() throws(DataError) -> [ColumnCandidate] {
        do throws(HDF5Error) {
            return try file.datasets(triesFirst: true).map { listing in
                ColumnCandidate(
                    name: ColumnChoice.trimmed(listing.name), shape: listing.shape,
                    isColumn: listing.type.scalar != nil, text: "\(listing)")
            }
        } catch {
            throw DataError(error)
        }
    }

    func check(_ name: String) throws(DataError) { _ = try open(name) }

    /// Opens a dataset whose rows are numbers.
    func open(_ name: String) throws(DataError) -> HDF5Dataset {
        let dataset: HDF5Dataset
        do throws(HDF5Error) {
            dataset = try file.dataset(name, triesFirst: true)
        } catch {
            guard error.kind == .noObject else { throw DataError(error) }
            throw DataError(
                file: file.path, dataset: name, "\(error.message). \(try contents())", underlying: error)
        }
        guard dataset.type.scalar != nil else {
            throw DataError(
                file: file.path, dataset: name,
                "expected integers, floating point numbers or booleans, found \(dataset.type)"
                    + (dataset.type.unsupportedAdvice.map { "; \($0)" } ?? ""))
        }
        guard !dataset.shape.isEmpty else {
            throw DataError(file: file.path, dataset: name, "expected rows, found a single value")
        }
        guard dataset.rowBytes > 0 else {
            throw DataError(file: file.path, dataset: name, "its rows are empty: shape \(dataset.shape)")
        }
        return dataset
    }
}
