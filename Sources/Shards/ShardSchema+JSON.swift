package import JSONText
internal import Memory

extension ShardColumn {
    /// The column as the schema of a shard and a manifest describe it.
    func json(isShuffled: Bool) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("name", .string(name)), ("type", .string(isBytes ? "bytes" : type.rawValue)),
            ("shape", .array(rowShape.dimensions.map { .integer($0) })), ("ragged", .bool(isRagged)),
            ("shuffled", .bool(isShuffled)),
        ]
        if let encoding { members.append(("encoding", .string(encoding.rawValue))) }
        return .object(members.map { JSONValue.Member(key: $0.0, value: $0.1) })
    }

    /// Reads what `json` writes; returns whether the column is shuffled, too.
    static func read(_ fields: JSONFields) throws(JSONFields.Failure) -> (ShardColumn, Bool) {
        let name = try fields.string("name")
        let typeName = try fields.string("type")
        var shape: [Int] = []
        for (index, extent) in try fields.array("shape").enumerated() {
            guard let extent = extent.integerValue else {
                throw fields.failure("shape[\(index)]", "a whole number", extent)
            }
            shape.append(extent)
        }
        let isRagged = try fields.bool("ragged")
        let isShuffled = try fields.bool("shuffled")
        var encoding: Encoding?
        if let text = try fields.optionalString("encoding") {
            guard let known = Encoding(rawValue: text) else {
                let known = Encoding.allCases.map(\.rawValue).joined(separator: ", ")
                throw fields.failure("encoding", "one of \(known)", .string(text), isUnsupported: true)
            }
            encoding = known
        }
        if typeName == "bytes" {
            guard isRagged, shape.isEmpty else { throw fields.failure("a ragged column without a shape for bytes") }
            return (ShardColumn(bytes: name, encoding: encoding), isShuffled)
        }
        guard encoding == nil else { throw fields.failure("an encoding only for bytes") }
        guard let type = ScalarType(rawValue: typeName) else {
            throw fields.failure("type", "a type of version 1", .string(typeName), isUnsupported: true)
        }
        let column =
            isRagged
            ? ShardColumn(ragged: name, type, elementShape: Shape(shape))
            : ShardColumn(name, type, rowShape: Shape(shape))
        return (column, isShuffled)
    }
}

extension ShardSchema {
    /// The columns in the order in which a block holds them.
    var columnsJSON: [JSONValue] { zip(columns, isShuffled).map { $0.json(isShuffled: $1) } }

    /// The text of a shard's first frame.
    package func json(shard: Int) -> JSONValue {
        .object([
            "format": .string(ShardFormat.shard), "version": .integer(ShardFormat.version), "shard": .integer(shard),
            "block_rows": .integer(blockRows), "columns": .array(columnsJSON),
        ])
    }

    /// Reads what `json(shard:)` writes; returns the shard's number, too.
    static func read(_ fields: JSONFields) throws(JSONFields.Failure) -> (ShardSchema, shard: Int) {
        try fields.checkFormat(ShardFormat.shard)
        let shard = try fields.integer("shard", in: 0...Int.max)
        return (try readCommon(fields), shard)
    }

    /// The members that a manifest has as well: `block_rows` and `columns`.
    static func readCommon(_ fields: JSONFields) throws(JSONFields.Failure) -> ShardSchema {
        let blockRows = try fields.integer("block_rows", in: 1...ShardFormat.mostBlockRows)
        var columns: [ShardColumn] = []
        var isShuffled: [Bool] = []
        for column in try fields.objects("columns") {
            let (column, shuffled) = try ShardColumn.read(column)
            columns.append(column)
            isShuffled.append(shuffled)
        }
        do throws(ShardError) {
            return try ShardSchema(columns, isShuffled: isShuffled, blockRows: blockRows)
        } catch {
            throw JSONFields.Failure(message: "the schema is not valid: \(error)", isUnsupported: false)
        }
    }
}
