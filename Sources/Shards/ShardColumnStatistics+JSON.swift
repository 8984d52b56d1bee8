package import JSONText

extension ShardColumnStatistics {
    /// The statistics as a manifest and the record of an unfinished conversion hold them, exactly.
    package func json(column: ShardColumn) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("column", .string(column.name)), ("rows", .integer(rowCount)), ("decoded_bytes", .integer(contentBytes)),
            ("stored_bytes", .integer(storedBytes)), ("largest_decoded_frame", .integer(largestContentBytes)),
            ("largest_stored_frame", .integer(largestStoredBytes)),
        ]
        if let numbers {
            members += [
                ("values", .integer(numbers.count)), ("non_finite", .integer(numbers.nonFiniteCount)),
                ("mean", Self.json(numbers.mean)), ("deviation", Self.json(numbers.deviation)),
                ("squared_deviations", Self.json(numbers.squares)), ("minimum", Self.json(numbers.minimum)),
                ("maximum", Self.json(numbers.maximum)),
            ]
        }
        if let lengths {
            let mean = rowCount == 0 ? 0 : Double(lengths.total) / Double(rowCount)
            members.append(
                (
                    "lengths",
                    .object([
                        "minimum": .integer(lengths.minimum), "maximum": .integer(lengths.maximum),
                        "mean": .number(mean), "total": .integer(lengths.total),
                    ])
                ))
        }
        if let classes {
            members.append(
                (
                    "classes",
                    .object(classes.map { JSONValue.Member(key: String($0.value), value: .integer($0.count)) })
                ))
        }
        return .object(members.map { JSONValue.Member(key: $0.0, value: $0.1) })
    }

    // JSON has no infinite numbers and no NaN: readers elsewhere would refuse the whole file.
    private static func json(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }

    private static func json(_ value: Extreme?) -> JSONValue {
        switch value {
        case .integer(let value): .integer(value)
        case .number(let value): json(value)
        case nil: .null
        }
    }

    /// Reads what `json` writes. The error says what is wrong.
    package init(_ value: JSONValue, column: ShardColumn) throws(ShardError) {
        do throws(JSONFields.Failure) {
            try self.init(JSONFields(value, place: "statistics"), column: column)
        } catch {
            throw ShardError(.damaged, path: "", column: column.name, error.message)
        }
    }

    init(_ fields: JSONFields, column: ShardColumn) throws(JSONFields.Failure) {
        self.init(column)
        let name = try fields.string("column")
        guard name == column.name else { throw fields.failure("column", "\"\(column.name)\"", .string(name)) }
        rowCount = try fields.integer("rows")
        contentBytes = try fields.integer("decoded_bytes", in: 0...1 << 56)
        storedBytes = try fields.integer("stored_bytes", in: 0...1 << 56)
        largestContentBytes = try fields.integer("largest_decoded_frame", in: 0...ShardFormat.largestFrame)
        largestStoredBytes = try fields.integer("largest_stored_frame", in: 0...ShardFormat.largestStoredFrame)
        if numbers != nil { numbers = try Numbers(fields, isFloating: column.type.isFloatingPoint) }
        if lengths != nil {
            guard let object = try fields.objectOrNil("lengths") else { throw fields.failure("\"lengths\"") }
            let lengths = Lengths(
                minimum: try object.integer("minimum"),
                maximum: try object.integer("maximum", in: 0...ShardFormat.largestFrame),
                total: try object.integer("total"))
            guard lengths.minimum <= lengths.maximum, lengths.maximum <= lengths.total else {
                throw object.failure("minimum, maximum and total that do not fall")
            }
            self.lengths = lengths
        }
        guard classes != nil else { return }
        classes = try fields.objectOrNil("classes").map { (object) throws(JSONFields.Failure) in
            try Self.classes(object, rowCount: rowCount)
        }
    }

    private static func classes(_ object: JSONFields, rowCount: Int) throws(JSONFields.Failure) -> [ClassCount] {
        var classes: [ClassCount] = []
        for member in object.object.members ?? [] {
            guard let value = Int(member.key), let count = member.value.integerValue, 1...max(1, rowCount) ~= count
            else {
                throw object.failure(member.key, "a value with its rows", member.value)
            }
            classes.append(ClassCount(value: value, count: count))
        }
        // Members of an object have no order that parsers must keep.
        classes.sort { $0.value < $1.value }
        let total = classes.reduce(0.0) { $0 + Double($1.count) }
        guard total == Double(rowCount), classes.count <= mostClasses,
            zip(classes, classes.dropFirst()).allSatisfy({ $0.value < $1.value })
        else { throw object.failure("different classes whose rows are \(rowCount) in all") }
        return classes
    }
}

extension ShardColumnStatistics.Numbers {
    fileprivate init(_ fields: JSONFields, isFloating: Bool) throws(JSONFields.Failure) {
        count = try fields.integer("values")
        nonFiniteCount = try fields.integer("non_finite", in: 0...count)
        mean = try fields.number("mean")
        squares = try fields.number("squared_deviations")
        minimum = try Self.extreme(fields, "minimum", isFloating)
        maximum = try Self.extreme(fields, "maximum", isFloating)
        guard squares.isNaN || squares >= 0, (minimum == nil) == (finiteCount == 0),
            (maximum == nil) == (minimum == nil),
            minimum.map({ $0 <= maximum ?? $0 }) ?? true
        else { throw fields.failure("a sum of squares of 0 or more, and extremes of the finite values in order") }
    }

    private static func extreme(
        _ fields: JSONFields, _ key: String, _ isFloating: Bool
    ) throws(JSONFields.Failure) -> ShardColumnStatistics.Extreme? {
        switch fields.object[key] {
        // Parsers take 0.0 for 0.
        case .integer(let value): return isFloating ? .number(Double(value)) : .integer(value)
        case .number(let value): return .number(value)
        case .null: return nil
        case let other: throw fields.failure(key, "a number or null", other)
        }
    }
}
