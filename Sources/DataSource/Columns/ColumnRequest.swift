/// Which datasets a user asks for, and what the model calls its inputs and outputs.
struct ColumnRequest {
    /// The model's names; empty when there is no model to ask.
    var inputs: [String]
    var outputs: [String]

    /// Datasets in the model's order, or `name=dataset`; empty to have them found.
    var x: [String]
    var y: [String]
    var sampleWeight: String?
    var requiresTargets: Bool

    /// The datasets of `x` in the order of the model's inputs.
    func assignedInputs(_ container: any ColumnContainer) throws(DataError) -> [String] {
        try Self.assign(x, to: inputs, role: "input", option: "x", container)
    }

    /// The datasets of `y` in the order of the model's outputs; none when no targets are needed.
    func assignedTargets(_ container: any ColumnContainer) throws(DataError) -> [String] {
        requiresTargets ? try Self.assign(y, to: outputs, role: "output", option: "y", container) : []
    }

    private static func assign(
        _ given: [String], to names: [String], role: String, option: String, _ container: any ColumnContainer
    ) throws(DataError) -> [String] {
        // Without a model nothing can be assigned: an equals sign is part of the name.
        guard !given.isEmpty, !names.isEmpty else { return given }
        func refuse(_ problem: String) throws(DataError) -> Never {
            let list = names.joined(separator: ", ")
            throw DataError(
                kind: .usage, file: container.path,
                "\(option) \(given.joined(separator: ", ")): \(problem); the model's \(role)s are \(list)."
                    + " \(try container.contents())")
        }
        let pairs = given.map { text -> (name: Substring?, dataset: String) in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 ? (parts[0], String(parts[1])) : (nil, text)
        }
        let named = pairs.filter { $0.name != nil }.count
        guard named > 0 else {
            guard given.count == names.count else {
                try refuse("expected \(names.count) \(role)\(names.count == 1 ? "" : "s"), found \(given.count)")
            }
            return given
        }
        guard named == pairs.count else { try refuse("some are assigned by name and others are not") }
        for pair in pairs where !names.contains(where: { $0 == pair.name ?? "" }) {
            try refuse("the model has no \(role) \"\(pair.name ?? "")\"")
        }
        var result: [String] = []
        for name in names {
            let matching = pairs.filter { ($0.name ?? "") == name }
            guard matching.count == 1 else {
                try refuse(
                    matching.isEmpty
                        ? "\(role) \"\(name)\" is missing" : "\(role) \"\(name)\" is assigned \(matching.count) times")
            }
            result.append(matching[0].dataset)
        }
        return result
    }
}
