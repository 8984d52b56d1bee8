import HDF5Store

/// Finds the datasets that a user means.
enum ColumnChoice {
    /// Pairs of names that files in the wild use.
    private static let knownPairs = [
        ("x", "y"), ("X", "Y"), ("X", "y"), ("images", "labels"), ("image", "label"), ("data", "labels"),
        ("data", "label"), ("x_train", "y_train"), ("X_train", "y_train"), ("features", "targets"),
        ("features", "labels"), ("inputs", "targets"), ("inputs", "labels"),
    ]

    /// The inputs and targets that a request means, in the model's order.
    static func choose(in file: HDF5File, _ request: ColumnRequest) throws(DataError) -> (x: [String], y: [String]) {
        var x = try request.assignedInputs(file)
        var y = try request.assignedTargets(file)
        if x.isEmpty, request.inputs.count > 1 { x = try named(request.inputs, "inputs", in: file) }
        if y.isEmpty, request.requiresTargets, request.outputs.count > 1 {
            y = try named(request.outputs, "outputs", in: file)
        }
        guard x.count > 1 || y.count > 1 else {
            let pair = try choosePair(
                in: file, x: x.first, y: y.first, besides: request.sampleWeight,
                requiresTargets: request.requiresTargets)
            return ([pair.x], pair.y.map { [$0] } ?? [])
        }
        let taken = x + y + (request.sampleWeight.map { [$0] } ?? [])
        if x.isEmpty { x = [try remaining(in: file, besides: taken, known: knownPairs.map(\.0), role: "x")] }
        if y.isEmpty, request.requiresTargets {
            y = [try remaining(in: file, besides: taken, known: knownPairs.map(\.1), role: "y")]
        }
        return (x, y)
    }

    // The datasets of exactly a model's names.
    private static func named(_ names: [String], _ role: String, in file: HDF5File) throws(DataError) -> [String] {
        let listings = try listing(of: file)
        let present = Set(listings.map { trimmed($0.name) })
        guard names.allSatisfy({ present.contains(trimmed($0)) }) else {
            let option = role == "inputs" ? "x" : "y"
            throw DataError(
                file: file.path,
                "the model's \(role) are \(names.joined(separator: ", ")), and the file has no datasets of all these"
                    + " names; say which is which, for example \(option) \(names[0])="
                    + "\(listings.first.map { trimmed($0.name) } ?? "dataset"). The file holds\n"
                    + describe(listings))
        }
        return names
    }

    // A dataset beside those that are taken: of a known name, else the only one of equally many rows.
    private static func remaining(
        in file: HDF5File, besides taken: [String], known: [String], role: String
    ) throws(DataError) -> String {
        let listings = try listing(of: file)
        let rows = listings.first { isSame($0.name, taken[0]) }?.shape.first
        let others = listings.filter { listing in
            listing.type.scalar != nil && listing.shape.first != nil && listing.shape.first == rows
                && !taken.contains { isSame($0, listing.name) }
        }
        if let name = known.first(where: { name in others.contains { isSame($0.name, name) } }) { return name }
        guard others.count == 1 else {
            throw DataError(
                file: file.path,
                "cannot tell which dataset is \(role); name it. The file holds\n" + describe(listings))
        }
        return trimmed(others[0].name)
    }

    // One input and one target; names that are given stay as they are.
    private static func choosePair(
        in file: HDF5File, x: String?, y: String?, besides weight: String?, requiresTargets: Bool
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
        let usable = listings.filter { listing in
            listing.type.scalar != nil && !listing.shape.isEmpty && !(weight.map { isSame($0, listing.name) } ?? false)
        }
        if let pair = onlyPair(usable, x: x, y: y) { return pair }
        if !requiresTargets, y == nil {
            if let known = knownPairs.first(where: { names.contains($0.0) }) { return (known.0, nil) }
            if usable.count == 1 { return (trimmed(usable[0].name), nil) }
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
            dataset = try file.dataset(name, triesFirst: true)
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
        return (x ?? trimmed(pairs[0].0.name), y ?? trimmed(pairs[0].1.name))
    }

    /// Whether two names mean the same dataset: a slash in front makes no difference.
    static func isSame(_ left: String, _ right: String) -> Bool { trimmed(left) == trimmed(right) }

    private static func trimmed(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }

    static func listing(of file: HDF5File) throws(DataError) -> [HDF5Listing] {
        do throws(HDF5Error) {
            return try file.datasets(triesFirst: true)
        } catch {
            throw DataError(error)
        }
    }

    static func describe(_ listings: [HDF5Listing]) -> String {
        listings.isEmpty ? "  no datasets" : listings.map { "  \($0)" }.joined(separator: "\n")
    }
}
