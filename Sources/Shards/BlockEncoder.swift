internal import Codecs
internal import Memory

/// Makes blocks of rows. One per worker: it owns the compressor's tables and scratch.
///
/// The same rows give the same bytes with every encoder, whatever it encoded before.
package final class BlockEncoder {
    package let schema: ShardSchema
    private var encoder: ZstdEncoder
    private var summarizer: RowSummarizer
    private let scratch = GrowableBytes()

    /// The compression levels that there are.
    package static var levels: ClosedRange<Int> { ZstdEncoder.levels }

    /// An encoder for shards of one schema at a level, one of `levels`.
    package init(_ schema: ShardSchema, level: Int) {
        self.schema = schema
        encoder = ZstdEncoder(level: level)
        summarizer = RowSummarizer(schema.columns)
    }

    /// Bytes that the encoder holds now.
    package var heldBytes: Int { encoder.contextBytes + scratch.capacity }

    /// Encodes rows of a chunk, at most `blockRows`, into `block`, whose old content is forgotten.
    ///
    /// Throws `invalid` when a column's rows do not fit the largest frame; the block then is empty.
    package func encode(_ rows: Range<Int>, of chunk: RowChunk, into block: EncodedBlock) throws(ShardError) {
        precondition(chunk.columns == schema.columns, "BlockEncoder: the chunk has other columns than the schema")
        precondition(
            1...schema.blockRows ~= rows.count && rows.upperBound <= chunk.rowCount,
            "BlockEncoder: rows \(rows) of \(chunk.rowCount) in blocks of \(schema.blockRows)")
        block.removeAll()
        for column in schema.columns.indices {
            let values = chunk.values[column]
            let range = chunk.range(ofRows: rows, column: column)
            let items = unsafe UnsafeRawBufferPointer(rebasing: values.bytes.bytes[range])
            let header = schema.columns[column].isRagged ? 4 + 4 * rows.count : 0
            guard header + items.count <= ShardFormat.largestFrame else {
                block.removeAll()
                throw ShardError(
                    .invalid, path: "", column: schema.columns[column].name,
                    "\(rows.count) rows take \(header + items.count) bytes, and a block's column holds at most "
                        + "\(ShardFormat.largestFrame); make blocks of fewer rows, or split the rows")
            }
            var statistics = summarizer.statistics(of: rows, in: chunk, column: column)
            if schema.columns[column].isRagged {
                unsafe append(ragged: items, rows, chunk, column, to: block)
            } else if schema.isShuffled[column] {
                unsafe append(shuffled(items, column), to: block)
            } else {
                unsafe append(items, to: block)
            }
            let frame = block.frames[column]
            statistics.contentBytes = Int(frame.contentBytes)
            statistics.storedBytes = Int(frame.storedBytes)
            statistics.largestContentBytes = statistics.contentBytes
            statistics.largestStoredBytes = statistics.storedBytes
            block.statistics.append(statistics)
        }
        block.rowCount = rows.count
    }

    private func shuffled(_ items: UnsafeRawBufferPointer, _ column: Int) -> UnsafeRawBufferPointer {
        scratch.truncate(to: 0)
        let target = unsafe scratch.extend(by: items.count)
        unsafe ByteShuffle.shuffle(items, into: target, elementSize: schema.columns[column].type.byteCount)
        return UnsafeRawBufferPointer(target)
    }

    // Row count, the rows' lengths, then the items of all rows.
    private func append(
        ragged items: UnsafeRawBufferPointer, _ rows: Range<Int>, _ chunk: RowChunk, _ column: Int,
        to block: EncodedBlock
    ) {
        let info = schema.columns[column]
        let header = 4 + 4 * rows.count
        scratch.truncate(to: 0)
        let content = unsafe scratch.extend(by: header + items.count)
        unsafe content.storeBytes(of: UInt32(rows.count).littleEndian, as: UInt32.self)
        let ends = chunk.values[column].ends
        var start = chunk.range(ofRow: rows.lowerBound, column: column).lowerBound
        for (index, row) in rows.enumerated() {
            let length = UInt32((ends[row] - start) / info.itemBytes)
            start = ends[row]
            unsafe content.storeBytes(of: length.littleEndian, toByteOffset: 4 + 4 * index, as: UInt32.self)
        }
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: content[header...])
        if schema.isShuffled[column] {
            unsafe ByteShuffle.shuffle(items, into: target, elementSize: info.type.byteCount)
        } else {
            unsafe target.copyMemory(from: items)
        }
        unsafe append(UnsafeRawBufferPointer(content), to: block)
    }

    private func append(_ content: UnsafeRawBufferPointer, to block: EncodedBlock) {
        let start = block.bytes.count
        let room = unsafe block.bytes.extend(by: ZstdEncoder.bound(content.count))
        let count = unsafe encoder.compress(content, into: room)
        // The frame ends with the low half of its content's XXH64: it need not be computed again.
        let checksum = unsafe UnsafeRawBufferPointer(room).littleEndian32(at: count - 4)
        block.bytes.truncate(to: start + count)
        block.frames.append(
            ShardFrame(storedBytes: UInt32(count), contentBytes: UInt32(content.count), checksum: checksum))
    }
}
