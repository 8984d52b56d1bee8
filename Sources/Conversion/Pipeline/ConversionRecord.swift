internal import JSONText
internal import Memory
internal import Shards

/// What an unfinished conversion has done: a text file of JSON lines in a hidden place of the output, each line synced before
/// what depends on it happens.
///
/// The first line says which conversion it is; then one line says the schema, and each finished shard has one. A line
/// that was cut off by the end of the process is as if it had never been written.
final class ConversionRecord {
    /// A finished shard.
    struct Shard {
        var entry: ShardEntry
        var statistics: [ShardColumnStatistics]

        /// Of all rows up to its end.
        var measure: ShuffleMeasure

        /// The same of a shuffle's order; nil where nothing was shuffled.
        var order: OrderMeasure?

        /// Of the row behind it.
        var next: RowOrigin
    }

    /// How far rows have been dealt to spill files.
    struct Spill {
        var next: RowOrigin

        /// Bytes of each spill file that belong to rows before `next`.
        var lengths: [Int]

        /// Rows before `next`.
        var rowCount: Int

        /// Once all rows are dealt: the parts in which each file is read. Places in the files are counted in them.
        var parts: Int?
        var isComplete: Bool { parts != nil }
    }

    let directory: String
    private let log: LineLog

    /// What the rows come from, in the words that the conversion was begun with.
    let source: String
    private(set) var schema: ShardSchema?
    private(set) var shards: [Shard] = []
    private(set) var spill: Spill?

    /// Whether all shards are finished and are being given their names.
    private(set) var isPublishing = false

    /// The column whose classes are measured: the only one of whole numbers, one a row, or the one named `y`.
    private(set) var classColumn: Int?

    private static let version = 4

    /// The name of the text in the record's directory.
    static let fileName = "record.jsonl"

    /// Begins a record, or reads the one that is there and that nobody else holds; with `startsAnew` that one is emptied.
    ///
    /// `identity` is text about input and options: a record of another conversion is refused. `source` is for people.
    init(directory: String, identity: String, source: String, startsAnew: Bool = false) throws {
        self.directory = directory
        log = try LineLog(path: "\(directory)/\(Self.fileName)", startsAnew: startsAnew)
        guard let first = log.lines.first else {
            self.source = source
            try log.append(
                .object([
                    "conversion": .integer(Self.version), "identity": .string(identity), "source": .string(source),
                ]))
            return
        }
        self.source = first["source"]?.stringValue ?? ""
        let known = try knownIdentity(first)
        guard known == identity else {
            throw ConversionError(
                .invalid,
                "the unfinished conversion in \(directory) is another one: expected \(identity), found \(known); give the "
                    + "same input and options, or start anew with --force")
        }
        for line in log.lines.dropFirst() { try read(line) }
    }

    /// Reads the record that is there of a conversion whose identity begins so; nil where it is another one's.
    init?(directory: String, prefix: String) throws {
        self.directory = directory
        log = try LineLog(path: "\(directory)/\(Self.fileName)")
        guard let first = log.lines.first else { return nil }
        source = first["source"]?.stringValue ?? ""
        guard try knownIdentity(first).hasPrefix(prefix) else { return nil }
        for line in log.lines.dropFirst() { try read(line) }
    }

    private func knownIdentity(_ first: JSONValue) throws -> String {
        guard first["conversion"]?.integerValue == Self.version, let known = first["identity"]?.stringValue else {
            throw damaged("its first line is not that of a conversion of version \(Self.version)")
        }
        return known
    }

    /// Compares the shards that were finished by an earlier run with what was written down of them.
    func checkShards() throws {
        for (number, shard) in shards.enumerated() {
            let path = path(ofShard: number)
            guard try FileDigest.xxh64(of: path, byteCount: shard.entry.byteCount) == shard.entry.hash else {
                throw damaged("\(path) is not what was written")
            }
        }
    }

    /// Where the first row that is not in a shard comes from.
    var next: RowOrigin { shards.last?.next ?? RowOrigin() }

    /// Where a shard is written until all are finished.
    func path(ofShard shard: Int) -> String { "\(directory)/\(ShardFormat.fileName(shard: shard))" }

    /// Writes down what all shards have in common.
    func begin(_ schema: ShardSchema) throws {
        setSchema(schema)
        try log.append(.object(["schema": schema.json(shard: 0)]))
    }

    /// Writes down a shard that is whole on the disk.
    func add(_ shard: Shard) throws {
        shards.append(shard)
        let columns = zip(shard.statistics, schema?.columns ?? []).map { $0.0.json(column: $0.1) }
        try log.append(
            .object([
                "shard": shard.entry.json, "statistics": .array(columns), "measure": shard.measure.json,
                "order": shard.order?.json ?? .null, "next": shard.next.json,
            ]))
    }

    /// Writes down how far the spill files are synced.
    func set(_ spill: Spill) throws {
        self.spill = spill
        try log.append(
            .object([
                "spill": .array(spill.lengths.map { .integer($0) }), "rows": .integer(spill.rowCount),
                "parts": spill.parts.map { .integer($0) } ?? .null, "next": spill.next.json,
            ]))
    }

    /// Writes down that nothing is left but giving the shards their names.
    func beginPublishing() throws {
        isPublishing = true
        try log.append(.object(["publishing": .bool(true)]))
    }

    private func setSchema(_ schema: ShardSchema) {
        self.schema = schema
        let candidates = schema.columns.indices.filter {
            let column = schema.columns[$0]
            return !column.isRagged && column.rowShape.elementCount == 1 && !column.type.isFloatingPoint
        }
        classColumn = candidates.count == 1 ? candidates[0] : candidates.first { schema.columns[$0].name == "y" }
    }

    private func read(_ line: JSONValue) throws {
        if let value = line["schema"] {
            setSchema(try ShardSchema(json: value))
        } else if let value = line["shard"] {
            guard let schema, let next = line["next"].flatMap({ RowOrigin($0) }),
                let measure = line["measure"].flatMap({ ShuffleMeasure($0) }),
                let statistics = line["statistics"]?.arrayValue, statistics.count == schema.columns.count,
                let order = line["order"], order.isNull || OrderMeasure(order) != nil
            else { throw damaged("a line of a shard lacks something") }
            shards.append(
                Shard(
                    entry: try ShardEntry(value, schema: schema),
                    statistics: try zip(statistics, schema.columns).map {
                        try ShardColumnStatistics($0.0, column: $0.1)
                    }, measure: measure, order: OrderMeasure(order), next: next))
        } else if let lengths = line["spill"]?.arrayValue?.compactMap(\.integerValue) {
            guard let next = line["next"].flatMap({ RowOrigin($0) }), let rows = line["rows"]?.integerValue else {
                throw damaged("a line about spill files lacks something")
            }
            spill = Spill(next: next, lengths: lengths, rowCount: rows, parts: line["parts"]?.integerValue)
        } else if line["publishing"] != nil {
            isPublishing = true
        } else {
            throw damaged("a line says nothing that is known")
        }
    }

    private func damaged(_ reason: String) -> ConversionError {
        ConversionError(
            .invalid,
            "the record of the unfinished conversion, \(directory)/\(Self.fileName), is damaged: \(reason); "
                + "start anew with --force")
    }
}
