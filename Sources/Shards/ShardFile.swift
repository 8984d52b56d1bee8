internal import Codecs
internal import JSONText

/// One shard, open for reading: what is in it and where. Any number of threads at once.
///
/// Opening reads the first frame and the seek table and checks them against each other, the file's size and, where there
/// is one, the manifest's entry. Blocks are read by `BlockDecoder`.
package final class ShardFile: Sendable {
    package let schema: ShardSchema

    /// The shard's number in its dataset, as the shard says it.
    package let shard: Int

    package let rowCount: Int
    package let blockCount: Int

    let bytes: ShardBytes
    let index: ShardIndex

    /// What is read first at either end of a file: enough for most schemas and for the table of some 5,000 frames.
    private static let headGuess = 4 << 10
    private static let tailGuess = 64 << 10

    /// What a manifest says of a shard.
    package struct Expectation: Sendable {
        let entry: ShardEntry
        let schema: ShardSchema
        let shard: Int

        /// The shard of a number in a dataset with this schema.
        package init(_ entry: ShardEntry, schema: ShardSchema, shard: Int) {
            self.entry = entry
            self.schema = schema
            self.shard = shard
        }
    }

    package var path: String { bytes.path }

    /// The file's size.
    package var byteCount: Int { bytes.byteCount }

    /// Bytes in memory while the shard is open.
    package var heldBytes: Int { ShardIndex.heldBytes(blocks: blockCount, columns: schema.columns.count) }

    /// Opens a shard from its path alone, or as its manifest describes it.
    package init(
        path: String, expecting expectation: Expectation? = nil, call: ReadCall = .system
    ) throws(ShardError) {
        bytes = try ShardBytes(path: path, call: call)
        if let expectation, expectation.entry.byteCount != bytes.byteCount {
            throw ShardError(
                .inconsistent, path: path,
                "expected \(expectation.entry.byteCount) bytes, as the manifest says, found \(bytes.byteCount); "
                    + "copy the shard again, or convert the data again")
        }
        let ends = try ShardEnds(bytes, headGuess: Self.headGuess, tailGuess: Self.tailGuess)
        if let expectation, ends.hash != expectation.entry.indexHash {
            throw ShardError(
                .damaged, path: path,
                "the schema and the seek table have hash \(ends.hash.hexadecimal), expected "
                    + "\(expectation.entry.indexHash.hexadecimal), as the manifest says")
        }
        (schema, shard) = try Self.schema(ends.schemaText, path: path, expecting: expectation)
        let (index, tableRows) = try ShardIndex.checked(
            ends.frames, schema: schema, schemaBytes: ends.schemaBytes, end: ends.tableStart, path: path)
        self.index = index
        blockCount = index.offsets.count - 1
        let lastRows: Int
        if let tableRows {
            lastRows = tableRows
        } else if let expectation {
            lastRows = expectation.entry.rowCount - (blockCount - 1) * schema.blockRows
        } else {
            lastRows = try RaggedFrame.rowCount(ofLastFrame: index, bytes, schema)
        }
        rowCount = (blockCount - 1) * schema.blockRows + lastRows
        guard 1...schema.blockRows ~= lastRows, rowCount == expectation?.entry.rowCount ?? rowCount else {
            let said = expectation.map { "\($0.entry.rowCount) rows, as the manifest says" } ?? "rows"
            throw ShardError(
                expectation == nil ? .damaged : .inconsistent, path: path,
                "expected \(said), found \(blockCount) blocks of \(schema.blockRows) rows with \(lastRows) in the last")
        }
    }

    /// The rows of a block, as numbered in the shard.
    package func rows(ofBlock block: Int) -> Range<Int> {
        block * schema.blockRows..<min((block + 1) * schema.blockRows, rowCount)
    }

    /// The frame of a column of a block.
    package func frame(block: Int, column: Int) -> ShardFrame { index.frames[block * schema.columns.count + column] }

    /// Bytes in the file of some columns of a block.
    package func storedBytes(block: Int, columns: Range<Int>) -> Int {
        columns.reduce(0) { $0 + Int(frame(block: block, column: $1).storedBytes) }
    }

    private static func schema(
        _ text: [UInt8], path: String, expecting expectation: Expectation?
    ) throws(ShardError) -> (ShardSchema, Int) {
        // The same writer gives the same text: then there is nothing to parse.
        if let expectation, Array(expectation.schema.json(shard: expectation.shard).text().utf8) == text {
            return (expectation.schema, expectation.shard)
        }
        let found: (schema: ShardSchema, shard: Int)
        do {
            found = try ShardSchema.read(JSONFields(JSONValue(strict: text)))
        } catch let error as JSONFields.Failure {
            throw ShardError(error.isUnsupported ? .unsupported : .damaged, path: path, "schema: \(error.message)")
        } catch {
            throw ShardError(.damaged, path: path, "schema: \(error)")
        }
        guard let expectation else { return found }
        guard found.schema == expectation.schema, found.shard == expectation.shard else {
            throw ShardError(
                .inconsistent, path: path,
                "its schema is not that of shard \(expectation.shard) in the manifest: it says shard \(found.shard) "
                    + "with columns \(found.schema.columns.map(\.name).joined(separator: ", ")) in blocks of "
                    + "\(found.schema.blockRows) rows; the file belongs to another dataset")
        }
        return found
    }
}
