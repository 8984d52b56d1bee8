internal import Codecs
internal import DataSource
internal import JSONText

/// The index of a MosaicML Streaming dataset (`index.json`, version 2).
struct MDSIndex: Sendable {
    /// A column as the index describes it.
    struct Column: Sendable, Equatable {
        let name: String
        let encoding: String
        /// Bytes of every value; nil where values say their own.
        let size: Int?
    }

    /// One file of samples.
    struct Shard: Sendable {
        let file: InputFile
        let isCompressed: Bool
        let sampleCount: Int
        /// Bytes once it is decompressed.
        let rawBytes: Int
        /// Hashes of the file as it lies there, of those kinds that are known here.
        let hashes: [(function: StreamHash.Function, digits: String)]
    }

    private(set) var columns: [Column] = []
    private(set) var shards: [Shard] = []

    /// Kinds of hashes in the index that are not verified, because they are not known here.
    private(set) var unverifiedHashes: Set<String> = []

    /// Reads the index of a directory.
    init(_ directory: String) throws(DataError) {
        let stem = directory.hasSuffix("/") ? directory : directory + "/"
        let file = try InputFile(stem + "index.json")
        guard file.byteCount < 1 << 30 else { throw file.error("it is too large for an index") }
        let text = try file.head(file.byteCount)
        let json: JSONValue
        do throws(JSONValue.ParseError) {
            json = try JSONValue(parsing: text)
        } catch {
            throw file.error("\(error)")
        }
        guard json["version"]?.integerValue == 2, let entries = json["shards"]?.arrayValue, !entries.isEmpty else {
            throw file.error("expected version 2 of the index and at least one shard, found others")
        }
        for (number, entry) in entries.enumerated() {
            do throws(Flaw) {
                let found = try Self.columns(entry)
                if number == 0 { columns = found }
                guard found == columns else { throw Flaw(reason: "its columns are not those of the first") }
            } catch {
                throw file.error("shard \(number): \(error.reason)")
            }
            try add(entry, number, stem, file)
        }
    }

    private struct Flaw: Error { let reason: String }

    private static func columns(_ entry: JSONValue) throws(Flaw) -> [Column] {
        guard entry["format"]?.stringValue == "mds" else {
            throw Flaw(reason: "expected the format mds, found \(entry["format"]?.stringValue ?? "none")")
        }
        guard let names = entry["column_names"]?.arrayValue, let encodings = entry["column_encodings"]?.arrayValue,
            let sizes = entry["column_sizes"]?.arrayValue, names.count == encodings.count, names.count == sizes.count,
            !names.isEmpty
        else { throw Flaw(reason: "expected as many names as encodings and sizes of columns") }
        var columns: [Column] = []
        for ((name, encoding), size) in zip(zip(names, encodings), sizes) {
            guard let name = name.stringValue, let encoding = encoding.stringValue else {
                throw Flaw(reason: "a column's name or encoding is not text")
            }
            guard size.isNull || (size.integerValue ?? -1) >= 0 else {
                throw Flaw(reason: "the size of column \(name) is not a number")
            }
            // The writer takes 0 for "not fixed", as Python does.
            columns.append(
                Column(name: name, encoding: encoding, size: size.integerValue.flatMap { $0 > 0 ? $0 : nil }))
        }
        return columns
    }

    private mutating func add(
        _ entry: JSONValue, _ number: Int, _ stem: String, _ index: InputFile
    ) throws(DataError) {
        guard let raw = entry["raw_data"], let rawName = raw["basename"]?.stringValue,
            let rawBytes = raw["bytes"]?.integerValue, let count = entry["samples"]?.integerValue,
            rawBytes >= 0, rawBytes < 1 << 32, count >= 0, count <= rawBytes / 4
        else { throw index.error("shard \(number): expected samples, and name and size of its file") }
        var part = raw
        var name = rawName
        let compression = entry["compression"]?.stringValue
        if compression != nil, let zip = entry["zip_data"], !zip.isNull, let zipName = zip["basename"]?.stringValue,
            InputPathKind.exists(stem + zipName) || !InputPathKind.exists(stem + rawName)
        {
            part = zip
            name = zipName
        }
        // A name may not lead out of the directory.
        guard !name.split(separator: "/").contains("..") else {
            throw index.error("shard \(number): expected a file of the directory, found \(name)")
        }
        let isCompressed = part != raw
        if isCompressed, let compression, !compression.hasPrefix("zstd") {
            throw index.error(
                "shard \(number) is compressed by \(compression); expected zstd; decompress the shards, or write them"
                    + " again with compression='zstd'")
        }
        let file = try InputFile(stem + name)
        guard file.byteCount == part["bytes"]?.integerValue else {
            throw file.error(
                "expected \(part["bytes"]?.integerValue ?? 0) bytes, as its index says, found \(file.byteCount)")
        }
        var hashes: [(StreamHash.Function, String)] = []
        for member in part["hashes"]?.members ?? [] {
            if let function = StreamHash.Function(rawValue: member.key.replacing("xxh128", with: "xxh3_128")),
                let digits = member.value.stringValue
            {
                hashes.append((function, digits))
            } else {
                unverifiedHashes.insert(member.key)
            }
        }
        shards.append(
            Shard(
                file: file, isCompressed: isCompressed, sampleCount: count, rawBytes: rawBytes,
                hashes: hashes.map { (function: $0.0, digits: $0.1) }))
    }
}
