internal import DataSource
internal import Memory
internal import Shards

/// What becomes of each field of a record.
struct CSVPlan: Sendable {
    /// Where the value of a field goes.
    enum Target: Sendable {
        case skip
        /// A number of this type, so many bytes into the row of a column.
        case number(ScalarType, column: Int, offset: Int)
        case truth(column: Int)
        case text(column: Int)
        /// The number of the class of this name.
        case classes(column: Int)
    }

    let names: [String]
    let targets: [Target]
    let columns: [ShardColumn]
    let missing: CSVOptions.Missing

    /// What is rounded without having been asked for.
    let warnings: [String]

    /// The field whose strings are to be numbered, if there is one.
    let classField: Int?

    /// - Parameter path: the file whose names these are, for messages.
    init(_ schema: CSVSchema, _ options: RowInputOptions, path: String) throws(DataError) {
        names = schema.names
        missing = options.csv.missing
        let requested = try CSVRequest(schema.names, options, path: path)
        var kinds = schema.kinds
        var classField: Int?
        for (name, type) in options.csv.types.sorted(by: { $0.key < $1.key }) {
            guard let field = schema.names.firstIndex(of: name) else {
                throw DataError(
                    kind: .usage, file: path, dataset: name,
                    "a type is declared for a column that the file does not have; it has"
                        + " \(schema.names.joined(separator: ", "))")
            }
            switch type {
            case .number(let scalar): kinds[field] = scalar == .bool ? .truth : .number(scalar)
            case .text: kinds[field] = .text
            case .classes:
                guard classField == nil else {
                    throw DataError(
                        kind: .usage, file: path, dataset: name, "expected one column of classes, found several")
                }
                classField = field
            }
        }
        for field in requested.labels where classField == nil && options.csv.types[schema.names[field]] == nil {
            if kinds[field] == .text || kinds[field] == .truth { classField = field }
        }
        self.classField = classField
        let features = requested.features.filter { $0 != classField }
        let isNumeric = features.map { kinds[$0] != .text }
        let named = !options.x.isEmpty || !options.y.isEmpty
        let others = features.first { Self.isDeclaredOtherwise(options.csv.types[schema.names[$0]]) }
        let joins =
            options.csv.joinsFeatures
            ?? (named && !features.isEmpty && isNumeric.allSatisfy { $0 } && others == nil)
        if joins, let others {
            throw DataError(
                kind: .usage, file: path, dataset: schema.names[others],
                "joined columns become float32, and another type is declared for this one; leave out its --type or --join"
            )
        }
        var columns: [ShardColumn] = []
        var targets = [Target](repeating: .skip, count: schema.names.count)
        let joined = joins ? zip(features, isNumeric).filter { $0.1 }.map { $0.0 } : []
        if !joined.isEmpty {
            columns.append(ShardColumn("x", .float32, rowShape: [joined.count]))
            for (place, field) in joined.enumerated() {
                targets[field] = .number(.float32, column: 0, offset: 4 * place)
            }
        }
        for field in requested.all where !joined.contains(field) {
            let (name, column) = (requested.outputNames[field] ?? schema.names[field], columns.count)
            if field == classField {
                columns.append(ShardColumn(name, .int64))
                targets[field] = .classes(column: column)
                continue
            }
            switch kinds[field] {
            case .number(let scalar):
                columns.append(ShardColumn(name, scalar))
                targets[field] = .number(scalar, column: column, offset: 0)
            case .truth:
                columns.append(ShardColumn(name, .bool))
                targets[field] = .truth(column: column)
            case .text:
                columns.append(ShardColumn(bytes: name, encoding: .text))
                targets[field] = .text(column: column)
            }
        }
        warnings = Self.warnings(schema, options, joined: joined, kinds: kinds)
        guard !columns.isEmpty else { throw DataError(file: path, "expected at least one column, found none") }
        try checkNames(columns, path)
        self.columns = columns
        self.targets = targets
    }

    // Whether a column was declared to be something else than what joined columns are.
    private static func isDeclaredOtherwise(_ type: CSVOptions.ColumnType?) -> Bool {
        if case .number(let scalar) = type { return scalar != .float32 }
        return false
    }

    private static func warnings(
        _ schema: CSVSchema, _ options: RowInputOptions, joined: [Int], kinds: [CSVSchema.Kind]
    ) -> [String] {
        var warnings: [String] = []
        for field in schema.names.indices where options.csv.types[schema.names[field]] == nil {
            let name = schema.names[field]
            if joined.contains(field), schema.isFine[field] {
                warnings.append(
                    "column \(name): its numbers have more digits than float32 holds and are rounded in x; keep them by "
                        + "--no-join, or declare --type \(name):float32")
            } else if !joined.contains(field), kinds[field] == .number(.float64), schema.isFinest[field] {
                warnings.append(
                    "column \(name): its integers have more digits than float64 holds and are rounded; keep them as "
                        + "--type \(name):text, or choose what missing ones become by --missing")
            }
        }
        return warnings
    }
}

/// Which fields were asked for, and as what.
struct CSVRequest {
    /// Everything that becomes a column, in the order of the file but for an explicit choice.
    let all: [Int]
    let features: [Int]
    let labels: [Int]
    /// New names.
    let outputNames: [Int: String]

    init(_ names: [String], _ options: RowInputOptions, path: String) throws(DataError) {
        func field(_ text: String) throws(DataError) -> (Int, String?) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let stored = parts.count == 2 && !names.contains(text) ? String(parts[1]) : text
            guard let index = names.firstIndex(of: stored) else {
                throw DataError(
                    file: path, dataset: stored,
                    "there is no such column; there are \(names.joined(separator: ", "))")
            }
            return (index, stored == text ? nil : String(parts[0]))
        }
        var output: [Int: String] = [:]
        func fields(_ texts: [String], role: String) throws(DataError) -> [Int] {
            var result: [Int] = []
            for text in texts {
                let (index, name) = try field(text)
                guard output[index] == nil else {
                    throw DataError(
                        kind: .usage, file: path, dataset: text, "expected every column once, found it again")
                }
                output[index] = name ?? (texts.count == 1 ? role : names[index])
                result.append(index)
            }
            return result
        }
        labels = try fields(options.y, role: "y")
        let weights = try fields(options.sampleWeight.map { [$0] } ?? [], role: "sample_weight")
        let chosen = try fields(options.x, role: "x")
        let taken = Set(labels + weights)
        features = chosen.isEmpty ? names.indices.filter { !taken.contains($0) } : chosen
        all = features + labels + weights
        outputNames = output
    }
}
