internal import Codecs
internal import Memory

/// Reads blocks. One per worker: it owns the decompressor's tables and scratch.
///
/// `load` a block, then decode its columns. What a decoder returns is what was written: content sizes, checksums and
/// lengths were checked; everything else is a `ShardError` that names the shard, block, column and rows.
package final class BlockDecoder {
    private var decoder = ZstdDecoder()
    private let stored = GrowableBytes()
    private let content = GrowableBytes()
    private let items = GrowableBytes()
    private var loaded: (file: ShardFile, block: Int, columns: Range<Int>)?

    /// Reads that were tried again so far, because of an error that may pass.
    package private(set) var readRetries = 0

    /// A decoder that holds no block yet.
    package init() {}

    /// Bytes that the decoder holds now; they grow with the largest block so far.
    package var heldBytes: Int { ZstdDecoder.contextBytes + stored.capacity + content.capacity + items.capacity }

    /// Reads the stored bytes of a block, of all columns or of some that are neighbours, in one go.
    package func load(_ file: ShardFile, block: Int, columns: Range<Int>? = nil) throws(ShardError) {
        let columns = columns ?? file.schema.columns.indices
        precondition(
            0..<file.blockCount ~= block && !columns.isEmpty && columns.upperBound <= file.schema.columns.count,
            "BlockDecoder: block \(block) of \(file.blockCount), columns \(columns) of \(file.schema.columns.count)")
        loaded = nil
        stored.truncate(to: 0)
        let offset = file.index.offsets[block] + file.storedBytes(block: block, columns: 0..<columns.lowerBound)
        let room = unsafe stored.extend(by: file.storedBytes(block: block, columns: columns))
        do throws(ShardError) {
            try unsafe file.bytes.fill(room, at: offset, retries: &readRetries)
        } catch {
            var error = error
            error.block = block
            error.rows = file.rows(ofBlock: block)
            throw error
        }
        loaded = (file, block, columns)
    }

    /// The rows of the loaded block, as numbered in the shard.
    package var rows: Range<Int> { current.file.rows(ofBlock: current.block) }

    /// Decodes a column of fixed shape into all of `destination`: the rows one after the other, little endian.
    ///
    /// After an error the content of `destination` means nothing.
    package func decode(column: Int, into destination: UnsafeMutableRawBufferPointer) throws(ShardError) {
        let schema = current.file.schema
        let expected = schema.fixedBytes(column: column, rows: rows.count)
        precondition(
            !schema.columns[column].isRagged && destination.count == expected,
            "BlockDecoder: column \(schema.columns[column].name) into \(destination.count) bytes, expected \(expected)")
        guard schema.isShuffled[column] else { return try unsafe decompress(column, into: destination) }
        content.truncate(to: 0)
        let shuffled = unsafe content.extend(by: expected)
        try unsafe decompress(column, into: shuffled)
        unsafe ByteShuffle.unshuffle(
            UnsafeRawBufferPointer(shuffled), into: destination, elementSize: schema.columns[column].type.byteCount)
    }

    /// The rows of a ragged column; valid until the next call of this decoder.
    package func decodeRagged(column: Int) throws(ShardError) -> RaggedRows {
        let schema = current.file.schema
        precondition(
            schema.columns[column].isRagged, "BlockDecoder: column \(schema.columns[column].name) is not ragged")
        content.truncate(to: 0)
        let bytes = unsafe content.extend(
            by: Int(current.file.frame(block: current.block, column: column).contentBytes))
        try unsafe decompress(column, into: bytes)
        let found: RaggedRows
        do throws(RaggedFrame.Failure) {
            unsafe found = try RaggedFrame.rows(
                UnsafeRawBufferPointer(bytes), rowCount: rows.count, itemBytes: schema.columns[column].itemBytes)
        } catch {
            throw failure(column, error.message)
        }
        guard schema.isShuffled[column] else { return unsafe found }
        items.truncate(to: 0)
        let plain = unsafe items.extend(by: found.items.count)
        unsafe ByteShuffle.unshuffle(found.items, into: plain, elementSize: schema.columns[column].type.byteCount)
        return unsafe RaggedRows(lengths: found.lengths, items: UnsafeRawBufferPointer(plain))
    }

    /// Appends the rows of the loaded columns to `chunk`, whose columns are just these.
    package func append(to chunk: RowChunk) throws(ShardError) {
        let (file, _, columns) = current
        precondition(
            chunk.columns.elementsEqual(file.schema.columns[columns]), "BlockDecoder: the chunk has other columns")
        var lengths: [[Int]] = []
        do throws(ShardError) {
            for (place, column) in columns.enumerated() {
                let info = file.schema.columns[column]
                guard info.isRagged else {
                    let bytes = file.schema.fixedBytes(column: column, rows: rows.count)
                    try unsafe decode(column: column, into: chunk.extend(column: place, by: bytes))
                    continue
                }
                let ragged = try unsafe decodeRagged(column: column)
                unsafe chunk.append(ragged.items, column: place)
                lengths.append(unsafe ragged.lengths.map { Int($0) * info.itemBytes })
            }
        } catch {
            chunk.dropRow()
            throw error
        }
        chunk.endRows(rows.count, lengths: lengths)
    }

    private var current: (file: ShardFile, block: Int, columns: Range<Int>) {
        guard let loaded else { preconditionFailure("BlockDecoder: no block is loaded") }
        return loaded
    }

    private func decompress(_ column: Int, into destination: UnsafeMutableRawBufferPointer) throws(ShardError) {
        let (file, block, columns) = current
        precondition(columns.contains(column), "BlockDecoder: column \(column) is not among the loaded \(columns)")
        let frame = file.frame(block: block, column: column)
        let start = file.storedBytes(block: block, columns: columns.lowerBound..<column)
        let source = unsafe UnsafeRawBufferPointer(rebasing: stored.bytes[start..<start + Int(frame.storedBytes)])
        do throws(CodecError) {
            try unsafe decoder.decompressChecked(source, into: destination, checksum: frame.checksum)
        } catch {
            throw failure(column, "\(error)")
        }
    }

    private func failure(_ column: Int, _ message: String) -> ShardError {
        ShardError(
            .damaged, path: current.file.path, block: current.block, column: current.file.schema.columns[column].name,
            rows: rows, message)
    }
}
