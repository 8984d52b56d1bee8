internal import Codecs
import Glibc
package import JSONText
package import Memory

extension ShardManifest {
    /// The last member: the checksum of all bytes in front of it.
    static let checksumPrefix = "\"checksum\":\""
    static let checksumSuffix = "\"\n}\n"

    /// The manifest's file: a member a line, a column a line, a shard a line. The same manifest gives the same bytes.
    package var text: [UInt8] {
        var text = "{\n"
        func add(_ key: String, _ value: JSONValue) {
            text += JSONValue.string(key).text() + ":" + value.text() + ",\n"
        }
        func add(_ key: String, lines: [JSONValue]) {
            text += JSONValue.string(key).text() + ":["
            text += lines.map { "\n" + $0.text() }.joined(separator: ",")
            text += "\n],\n"
        }
        add("format", .string(ShardFormat.manifest))
        add("version", .integer(ShardFormat.version))
        add("identity", .string(identity.hexadecimal))
        add("source", .string(source))
        if let conversion { add("conversion", .string(conversion)) }
        add("rows", .integer(rowCount))
        add("block_rows", .integer(schema.blockRows))
        add("columns", lines: schema.columnsJSON)
        add("statistics", lines: zip(schema.columns, statistics).map { $1.json(column: $0) })
        if let classNames {
            add(
                "class_names",
                .object([
                    "column": .string(classNames.column), "names": .array(classNames.names.map { .string($0) }),
                ]))
        }
        add("shuffle", shuffle.json)
        if let augmentation {
            add(
                "augmentation",
                .object([
                    "specification": .array(augmentation.specification.map { .string($0) }),
                    "passes": .integer(augmentation.passes), "seed": augmentation.seed.json,
                ]))
        }
        add("shards", lines: shards.map(\.json))
        return Array((text + Self.checksumPrefix + Self.checksum(of: Array(text.utf8)) + Self.checksumSuffix).utf8)
    }

    /// The checksum of what is in front of it in the file: XXH64, in hexadecimal.
    package static func checksum(of text: [UInt8]) -> String { XXHash64.hash(text).hexadecimal }

    /// Writes `manifest.json` into a directory, whole or not at all.
    package func write(directory: String) throws(OutputError) {
        var output = try AtomicOutput(path: directory + "/" + ShardFormat.manifestName)
        let descriptor = unsafe open(output.temporaryPath, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputError(path: output.path, stage: .create, code: errno) }
        let text = text
        var done = 0
        var code: Int32 = 0
        while done < text.count, code == 0 {
            let count = unsafe text[done...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 { done += count } else if count == 0 || errno != EINTR { code = count == 0 ? ENOSPC : errno }
        }
        close(descriptor)
        guard code == 0 else { throw OutputError(path: output.path, stage: .write, code: code) }
        try output.commit()
    }
}

extension ShardManifest.Shuffle {
    var json: JSONValue {
        var members = [JSONValue.Member(key: "policy", value: .string(policy))]
        if let seed { members.append(JSONValue.Member(key: "seed", value: seed.json)) }
        if let chi2PerDegree, chi2PerDegree.isFinite {
            members.append(JSONValue.Member(key: "chi2_per_df", value: .number(chi2PerDegree)))
        }
        if let unmeasured { members.append(JSONValue.Member(key: "unmeasured", value: .string(unmeasured))) }
        if let order {
            members.append(
                JSONValue.Member(
                    key: "order",
                    value: .object([
                        "chi2_per_df": .number(order.chi2PerDegree), "ranges": .integer(order.ranges),
                        "batch_rows": .integer(order.batchRows),
                    ])))
        }
        return .object(members)
    }
}

extension ShardEntry {
    /// The entry as a manifest and the record of an unfinished conversion hold it.
    package var json: JSONValue {
        .object([
            "file": .string(file), "rows": .integer(rowCount), "bytes": .integer(byteCount),
            "hash": .string(hash.hexadecimal), "index_hash": .string(indexHash.hexadecimal),
        ])
    }
}
