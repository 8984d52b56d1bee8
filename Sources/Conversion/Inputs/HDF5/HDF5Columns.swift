internal import DataSource
internal import HDF5Store
internal import Shards

/// The datasets of a file that become columns.
struct HDF5Columns {
    /// A dataset, the name of its column, and the column's place.
    struct Choice {
        let stored: String
        let name: String
        let place: Int
    }

    private(set) var numbers: [Choice] = []
    private(set) var ragged: [Choice] = []

    /// As many columns as there are choices, to be replaced.
    var placeholders: [ShardColumn] {
        (0..<numbers.count + ragged.count).map { ShardColumn("\($0)", .uint8) }
    }

    /// Takes the chosen datasets, or all.
    init(_ path: String, _ chosen: [(stored: String, name: String)]?) throws(DataError) {
        let listings = try inputErrors { () throws(HDF5Error) in
            try HDF5File(path: path).datasets(triesFirst: true)
        }
        let list = listings.map { "  \($0)" }.joined(separator: "\n")
        func trimmed(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }
        var wanted: [(listing: HDF5Listing, name: String)] = []
        if let chosen {
            for (stored, name) in chosen {
                guard let found = listings.first(where: { trimmed($0.name) == trimmed(stored) }) else {
                    throw DataError(
                        file: path, dataset: stored, "there is no such dataset. The file holds\n" + list)
                }
                wanted.append((found, trimmed(name)))
            }
        } else {
            wanted = listings.filter { !$0.shape.isEmpty }.map { ($0, trimmed($0.name)) }
            guard let first = wanted.first else {
                throw DataError(file: path, "expected datasets with rows, found none")
            }
            guard wanted.allSatisfy({ $0.listing.shape[0] == first.listing.shape[0] }) else {
                throw DataError(
                    file: path,
                    "expected datasets of equally many rows; choose columns by --x and --y. The file holds\n" + list)
            }
        }
        for (place, (listing, name)) in wanted.enumerated() {
            let choice = Choice(stored: listing.name, name: name, place: place)
            if listing.type.scalar != nil {
                numbers.append(choice)
            } else if try Self.isRagged(listing, path) {
                ragged.append(choice)
            } else {
                throw DataError(
                    file: path, dataset: listing.name,
                    "expected numbers, text or lists of numbers, found \(listing.type) of shape \(listing.shape)"
                        + (listing.type.unsupportedAdvice.map { "; \($0)" } ?? "")
                        + (chosen == nil ? "; or choose other columns by --x and --y" : ""))
            }
        }
    }

    private static func isRagged(_ listing: HDF5Listing, _ path: String) throws(DataError) -> Bool {
        guard listing.shape.count == 1 else { return false }
        return try inputErrors { () throws(HDF5Error) in
            try HDF5File(path: path).dataset(listing.name, triesFirst: true).raggedKind() != nil
        }
    }
}
