internal import Codecs
package import JSONText

extension ShardManifest {
    /// Reads a manifest and checks everything that it says by itself.
    package init(path: String, call: ReadCall = .system) throws(ShardError) {
        let file = try ShardBytes(path: path, call: call)
        guard file.byteCount <= ShardFormat.largestManifest else {
            throw ShardError(.damaged, path: path, "expected a manifest, found a file of \(file.byteCount) bytes")
        }
        try self.init(text: try file.bytes(0..<file.byteCount), path: path)
    }

    /// The same from the file's bytes; `path` is for messages.
    package init(text: [UInt8], path: String) throws(ShardError) {
        do throws(JSONFields.Failure) {
            try Self.checkSum(of: text)
            let root: JSONValue
            do throws(JSONValue.ParseError) {
                root = try JSONValue(strict: text)
            } catch {
                throw JSONFields.Failure(message: error.description, isUnsupported: false)
            }
            try self.init(JSONFields(root))
        } catch {
            throw ShardError(error.isUnsupported ? .unsupported : .damaged, path: path, error.message)
        }
    }

    // The last line is exactly the checksum, so that no byte of the file can change unnoticed.
    private static func checkSum(of text: [UInt8]) throws(JSONFields.Failure) {
        let prefix = Array(checksumPrefix.utf8)
        let suffix = Array(checksumSuffix.utf8)
        let body = text.count - prefix.count - 16 - suffix.count
        guard body > 0, text[body..<body + prefix.count].elementsEqual(prefix),
            text.suffix(suffix.count) == suffix[...],
            let stored = ShardFormat.hash(
                String(decoding: text[(body + prefix.count)..<(body + prefix.count + 16)], as: UTF8.self))
        else {
            throw JSONFields.Failure(
                message: "expected a manifest that ends with its checksum; the file is cut, damaged or no manifest",
                isUnsupported: false)
        }
        let computed = unsafe text[..<body].withUnsafeBytes { unsafe XXHash64.hash($0) }
        guard computed == stored else {
            throw JSONFields.Failure(
                message:
                    "checksum is \(computed.hexadecimal), expected \(stored.hexadecimal); the file is damaged or was "
                    + "edited, copy it again or convert the data again", isUnsupported: false)
        }
    }

    private init(_ fields: JSONFields) throws(JSONFields.Failure) {
        try fields.checkFormat(ShardFormat.manifest)
        let schema = try ShardSchema.readCommon(fields)
        var shards: [ShardEntry] = []
        for (index, element) in try fields.array("shards").enumerated() {
            shards.append(try ShardEntry(JSONFields(element, place: "shards[\(index)]"), schema: schema))
        }
        guard Set(shards.map(\.file)).count == shards.count else {
            throw fields.failure("shards", "files with different names", nil)
        }
        // Each fits; so must their sums, or whoever adds them up overflows.
        guard shards.reduce(0.0, { $0 + Double($1.rowCount) }) <= 0x1p52,
            shards.reduce(0.0, { $0 + Double($1.byteCount) }) <= 0x1p60
        else { throw fields.failure("shards", "at most 2^52 rows and 2^60 bytes in all", nil) }
        let rows = shards.reduce(0) { $0 + $1.rowCount }
        guard try fields.integer("rows") == rows else {
            throw fields.failure("rows", "the rows of all shards, \(rows)", fields.object["rows"])
        }
        let objects = try fields.objects("statistics")
        guard objects.count == schema.columns.count else {
            throw fields.failure("statistics", "one for each of \(schema.columns.count) columns", nil)
        }
        var statistics: [ShardColumnStatistics] = []
        for (column, object) in zip(schema.columns, objects) {
            statistics.append(try ShardColumnStatistics(object, column: column))
            guard statistics.last?.rowCount == rows else {
                throw object.failure("rows", "the rows of all shards, \(rows)", object.object["rows"])
            }
        }
        self.init(
            schema: schema, shards: shards, statistics: statistics,
            classNames: try fields.objectOrNil("class_names").map { (names) throws(JSONFields.Failure) in
                try ClassNames(names, schema: schema)
            }, shuffle: try Shuffle(fields),
            augmentation: try fields.objectOrNil("augmentation").map { (object) throws(JSONFields.Failure) in
                try Augmentation(object)
            }, source: try fields.string("source"), conversion: try fields.optionalString("conversion"))
        let stored = try fields.hash("identity")
        guard stored == identity else {
            throw fields.failure("identity", identity.hexadecimal, .string(stored.hexadecimal))
        }
    }
}

extension ShardEntry {
    /// Reads what `json` writes, for shards of a schema; the error says what is wrong.
    package init(_ value: JSONValue, schema: ShardSchema) throws(ShardError) {
        do throws(JSONFields.Failure) {
            try self.init(JSONFields(value, place: "shard"), schema: schema)
        } catch {
            throw ShardError(.damaged, path: "", error.message)
        }
    }

    init(_ fields: JSONFields, schema: ShardSchema) throws(JSONFields.Failure) {
        file = try fields.string("file")
        // A manifest that names files elsewhere could make a reader open anything.
        guard !file.isEmpty, !file.utf8.contains(0), !file.contains("/"), file != ".", file != ".." else {
            throw fields.failure("file", "the name of a file in the same directory", .string(file))
        }
        byteCount = try fields.integer("bytes", in: 1...1 << 50)
        rowCount = try fields.integer("rows", in: 1...1 << 50)
        hash = try fields.hash("hash")
        indexHash = try fields.hash("index_hash")
        // Every block has at least one byte a column, so that more blocks than bytes are a lie.
        let blocks = (rowCount - 1) / schema.blockRows + 1
        guard blocks <= byteCount / schema.columns.count else {
            throw fields.failure("rows", "at most the rows that \(byteCount) bytes can hold", .integer(rowCount))
        }
    }
}

extension ShardManifest.Shuffle {
    fileprivate init(_ fields: JSONFields) throws(JSONFields.Failure) {
        guard let object = try fields.objectOrNil("shuffle") else {
            throw fields.failure("shuffle", "an object", fields.object["shuffle"])
        }
        self.init(
            policy: try object.string("policy"),
            seed: object.optional("seed") == nil ? nil : try object.unsigned("seed"),
            chi2PerDegree: object.optional("chi2_per_df") == nil ? nil : try object.number("chi2_per_df"),
            unmeasured: try object.optionalString("unmeasured"),
            order: try object.objectOrNil("order").map { (order) throws(JSONFields.Failure) in
                Order(
                    chi2PerDegree: try order.number("chi2_per_df"),
                    ranges: try order.integer("ranges", in: 2...Int.max),
                    batchRows: try order.integer("batch_rows", in: 1...Int.max))
            })
    }
}

extension ShardManifest.Augmentation {
    fileprivate init(_ fields: JSONFields) throws(JSONFields.Failure) {
        var specification: [String] = []
        for element in try fields.array("specification") {
            guard let text = element.stringValue else { throw fields.failure("specification", "strings", element) }
            specification.append(text)
        }
        self.init(
            specification: specification, passes: try fields.integer("passes", in: 1...Int.max),
            seed: try fields.unsigned("seed"))
    }
}

extension ShardManifest.ClassNames {
    fileprivate init(_ fields: JSONFields, schema: ShardSchema) throws(JSONFields.Failure) {
        let column = try fields.string("column")
        guard schema.columns.contains(where: { $0.name == column }) else {
            throw fields.failure("column", "one of the columns", .string(column))
        }
        var names: [String] = []
        for element in try fields.array("names") {
            guard let name = element.stringValue else { throw fields.failure("names", "strings", element) }
            names.append(name)
        }
        self.init(column: column, names: names)
    }
}
