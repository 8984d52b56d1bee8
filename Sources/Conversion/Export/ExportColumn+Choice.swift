internal import Shards

extension ExportColumn {
    /// The columns that an export is asked for, in the order in which it names them.
    ///
    /// - Throws: `ConversionError` when a column is unknown or named twice, or its name cannot be that of a dataset.
    static func chosen(
        _ options: ExportOptions, of dataset: ShardDataset, rowCount: Int
    ) throws(ConversionError) -> [ExportColumn] {
        let known = dataset.schema.columns.map(\.name)
        var numbers = Array(known.indices)
        if let names = options.columns {
            numbers = []
            for name in names {
                guard let number = known.firstIndex(of: name) else {
                    throw ConversionError(
                        .usage,
                        "\(dataset.manifestPath): there is no column \"\(name)\" to export; the dataset has "
                            + known.joined(separator: ", ") + ", and without --columns all of them are written")
                }
                guard !numbers.contains(number) else {
                    throw ConversionError(.usage, "expected each column once, found \"\(name)\" twice")
                }
                numbers.append(number)
            }
            guard !numbers.isEmpty else {
                throw ConversionError(
                    .usage,
                    "expected at least one column in --columns, found none; the dataset has "
                        + known.joined(separator: ", ") + ", and without --columns all of them are written")
            }
        }
        try checkNames(numbers.map { known[$0] })
        return numbers.map { ExportColumn($0, of: dataset, rowCount: rowCount, options: options) }
    }

    // A slash in a name makes a group, as everywhere in HDF5: no dataset can be where a group is.
    private static func checkNames(_ names: [String]) throws(ConversionError) {
        var places: [String: String] = [:]
        for name in names {
            let components = name.split(separator: "/")
            guard !components.isEmpty, !components.contains(".") else {
                throw ConversionError(
                    .usage,
                    "a dataset of an HDF5 file cannot have the name \"\(name)\"; choose other columns (--columns)")
            }
            if let other = places.updateValue(name, forKey: components.joined(separator: "/")) {
                throw clash(name, other)
            }
        }
        for name in names {
            let components = name.split(separator: "/")
            for count in 1..<max(1, components.count) {
                if let other = places[components[..<count].joined(separator: "/")] { throw clash(name, other) }
            }
        }
    }

    private static func clash(_ name: String, _ other: String) -> ConversionError {
        ConversionError(
            .usage,
            "columns \"\(name)\" and \"\(other)\" cannot both be in one HDF5 file: they would be at one place; choose "
                + "one of them (--columns)")
    }
}
