import HDF5Store

/// Finds the datasets that a user means.
enum ColumnChoice {
    /// Pairs of names that files in the wild use.
    private static let knownPairs = [
        ("x", "y"), ("X", "Y"), ("X", "y"), ("images", "labels"), ("image", "label"), ("data", "labels"),
        ("data", "label"), ("x_train", "y_train"), ("X_train", "y_train"), ("features", "targets"),
        ("features", "labels"), ("inputs", "targets"), ("inputs", "labels"),
    ]

    /// The input and the target of a file; names that are given stay as they are.
    static func choose(
        in file: HDF5File, x: String?, y: String?, requiresTargets: Bool
    ) throws(DataError) -> (x: String, y: String?) {
        if let x, let y { return (x, y) }
        if let x, !requiresTargets { return (x, nil) }
        let listings = try listing(of: file)
        let names = Set(listings.map { String($0.name.dropFirst()) })
        for given in [x, y].compactMap({ $0 }) where !names.contains(trimmed(given)) {
            // Says that it is missing, and lists what is there.
            _ = try open(given, in: file)
        }
        for pair in knownPairs {
            let (input, target) = (x ?? pair.0, y ?? pair.1)
            if names.contains(trimmed(input)), names.contains(trimmed(target)),
                x.map({ trimmed($0) == pair.0 }) ?? true, y.map({ trimmed($0) == pair.1 }) ?? true
            {
                return (input, target)
            }
        }
        let usable = listings.filter { $0.type.scalar != nil && !$0.shape.isEmpty }
        if let pair = onlyPair(usable, x: x, y: y) { return pair }
        if !requiresTargets, y == nil {
            if let known = knownPairs.first(where: { names.contains($0.0) }) { return (known.0, nil) }
            if usable.count == 1 { return (usable[0].name, nil) }
        }
        let missing = x == nil ? (y == nil ? "x and y" : "x") : "y"
        throw DataError(
            file: file.path,
            "cannot tell which dataset is \(missing); name it. The file holds\n"
                + describe(listings))
    }

    /// Opens a dataset whose rows are numbers.
    static func open(_ name: String, in file: HDF5File) throws(DataError) -> HDF5Dataset {
        let dataset: HDF5Dataset
        do throws(HDF5Error) {
            dataset = try file.dataset(name)
        } catch {
            guard error.kind == .noObject else { throw DataError(error) }
            throw DataError(
                file: file.path, dataset: name,
                "\(error.message). The file holds\n"
                    + describe(try listing(of: file)), underlying: error)
        }
        guard dataset.type.scalar != nil else {
            throw DataError(
                file: file.path, dataset: name,
                "expected integers, floating point numbers or booleans, found \(dataset.type)")
        }
        guard !dataset.shape.isEmpty else {
            throw DataError(file: file.path, dataset: name, "expected rows, found a single value")
        }
        guard dataset.rowBytes > 0 else {
            throw DataError(file: file.path, dataset: name, "its rows are empty: shape \(dataset.shape)")
        }
        return dataset
    }

    // The only two datasets of equally many rows, when there are no more of them.
    private static func onlyPair(
        _ listings: [HDF5Listing], x: String?, y: String?
    ) -> (x: String, y: String?)? {
        func rowElements(_ listing: HDF5Listing) -> Int { listing.shape.dropFirst().reduce(1, *) }
        var pairs: [(HDF5Listing, HDF5Listing)] = []
        for first in listings {
            for second in listings where first.name != second.name && first.shape[0] == second.shape[0] {
                if let x, trimmed(x) != trimmed(first.name) { continue }
                if let y, trimmed(y) != trimmed(second.name) { continue }
                // Without a name that says so, the wider one is the input.
                if x == nil, y == nil, rowElements(first) <= rowElements(second) { continue }
                pairs.append((first, second))
            }
        }
        guard pairs.count == 1 else { return nil }
        return (x ?? pairs[0].0.name, y ?? pairs[0].1.name)
    }

    private static func trimmed(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }

    private static func listing(of file: HDF5File) throws(DataError) -> [HDF5Listing] {
        do throws(HDF5Error) {
            return try file.datasets()
        } catch {
            throw DataError(error)
        }
    }

    private static func describe(_ listings: [HDF5Listing]) -> String {
        listings.isEmpty ? "  no datasets" : listings.map { "  \($0)" }.joined(separator: "\n")
    }
}
