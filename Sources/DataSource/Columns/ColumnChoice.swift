/// Finds the columns that a user means, in files and datasets of any kind.
enum ColumnChoice {
    /// Pairs of names that files in the wild use.
    private static let knownPairs = [
        ("x", "y"), ("X", "Y"), ("X", "y"), ("images", "labels"), ("image", "label"), ("data", "labels"),
        ("data", "label"), ("x_train", "y_train"), ("X_train", "y_train"), ("features", "targets"),
        ("features", "labels"), ("inputs", "targets"), ("inputs", "labels"),
    ]

    /// The inputs and targets that a request means, in the model's order.
    static func choose(
        in container: any ColumnContainer, _ request: ColumnRequest
    ) throws(DataError) -> (x: [String], y: [String]) {
        var x = try request.assignedInputs(container)
        var y = try request.assignedTargets(container)
        if x.isEmpty, request.inputs.count > 1 { x = try named(request.inputs, "inputs", in: container) }
        if y.isEmpty, request.requiresTargets, request.outputs.count > 1 {
            y = try named(request.outputs, "outputs", in: container)
        }
        guard x.count > 1 || y.count > 1 else {
            let pair = try choosePair(
                in: container, x: x.first, y: y.first, besides: request.sampleWeight,
                requiresTargets: request.requiresTargets)
            return ([pair.x], pair.y.map { [$0] } ?? [])
        }
        let taken = x + y + (request.sampleWeight.map { [$0] } ?? [])
        if x.isEmpty { x = [try remaining(in: container, besides: taken, known: knownPairs.map(\.0), role: "x")] }
        if y.isEmpty, request.requiresTargets {
            y = [try remaining(in: container, besides: taken, known: knownPairs.map(\.1), role: "y")]
        }
        return (x, y)
    }

    // The columns of exactly a model's names.
    private static func named(
        _ names: [String], _ role: String, in container: any ColumnContainer
    ) throws(DataError) -> [String] {
        let listings = try container.candidates()
        let present = Set(listings.map(\.name))
        guard names.allSatisfy({ present.contains(trimmed($0)) }) else {
            let option = role == "inputs" ? "x" : "y"
            throw DataError(
                file: container.path,
                "the model's \(role) are \(names.joined(separator: ", ")), and the \(container.noun) has no "
                    + "\(container.columnNoun)s of all these names; say which is which, for example \(option) "
                    + "\(names[0])=\(listings.first?.name ?? container.columnNoun). \(try container.contents())")
        }
        return names
    }

    // A column beside those that are taken: of a known name, else the only one of equally many rows.
    private static func remaining(
        in container: any ColumnContainer, besides taken: [String], known: [String], role: String
    ) throws(DataError) -> String {
        let listings = try container.candidates()
        let rows = listings.first { isSame($0.name, taken[0]) }?.shape.first
        let others = listings.filter { listing in
            listing.isColumn && listing.rowCount != nil && listing.rowCount == rows
                && !taken.contains { isSame($0, listing.name) }
        }
        if let name = known.first(where: { name in others.contains { isSame($0.name, name) } }) { return name }
        guard others.count == 1 else {
            throw DataError(
                file: container.path,
                "cannot tell which \(container.columnNoun) is \(role); name it. \(try container.contents())")
        }
        return others[0].name
    }

    // One input and one target; names that are given stay as they are.
    private static func choosePair(
        in container: any ColumnContainer, x: String?, y: String?, besides weight: String?, requiresTargets: Bool
    ) throws(DataError) -> (x: String, y: String?) {
        if let x, let y { return (x, y) }
        if let x, !requiresTargets { return (x, nil) }
        let listings = try container.candidates()
        let names = Set(listings.map(\.name))
        for given in [x, y].compactMap({ $0 }) where !names.contains(trimmed(given)) {
            // Says that it is missing, and lists what is there.
            try container.check(given)
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
            listing.isColumn && !listing.shape.isEmpty && !(weight.map { isSame($0, listing.name) } ?? false)
        }
        if let pair = onlyPair(usable, x: x, y: y) { return pair }
        if !requiresTargets, y == nil {
            if let known = knownPairs.first(where: { names.contains($0.0) }) { return (known.0, nil) }
            if usable.count == 1 { return (usable[0].name, nil) }
        }
        let missing = x == nil ? (y == nil ? "x and y" : "x") : "y"
        throw DataError(
            file: container.path,
            "cannot tell which \(container.columnNoun) is \(missing); name it. \(try container.contents())")
    }

    // The only two columns of equally many rows, when there are no more of them.
    private static func onlyPair(
        _ listings: [ColumnCandidate], x: String?, y: String?
    ) -> (x: String, y: String?)? {
        func rowElements(_ listing: ColumnCandidate) -> Int { listing.shape.dropFirst().reduce(1, *) }
        var pairs: [(ColumnCandidate, ColumnCandidate)] = []
        for first in listings {
            for second in listings where first.name != second.name && first.shape[0] == second.shape[0] {
                if let x, trimmed(x) != first.name { continue }
                if let y, trimmed(y) != second.name { continue }
                // Without a name that says so, the wider one is the input.
                if x == nil, y == nil, rowElements(first) <= rowElements(second) { continue }
                pairs.append((first, second))
            }
        }
        guard pairs.count == 1 else { return nil }
        return (x ?? pairs[0].0.name, y ?? pairs[0].1.name)
    }

    /// Whether two names mean the same column: a slash in front makes no difference.
    static func isSame(_ left: String, _ right: String) -> Bool { trimmed(left) == trimmed(right) }

    /// A name without a slash in front.
    static func trimmed(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }
}
