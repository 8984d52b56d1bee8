internal import Codecs
internal import Memory

/// The rows of a ragged column of a block.
@unsafe package struct RaggedRows {
    /// Items of each row along its first axis: bytes of a string of bytes.
    package let lengths: UnsafeBufferPointer<UInt32>

    /// The items of all rows one after the other, at any address.
    package let items: UnsafeRawBufferPointer
}

/// The content of a ragged column's frame: the number of rows, the length of each row, then all items.
enum RaggedFrame {
    /// What is wrong with a frame whose checksum is right: whoever wrote it was wrong.
    struct Failure: Error {
        let message: String
    }

    /// The parts of a content that lies at an address divisible by 4. Its lengths must fill it.
    static func rows(
        _ content: UnsafeRawBufferPointer, rowCount: Int, itemBytes: Int
    ) throws(Failure) -> RaggedRows {
        let header = 4 + 4 * rowCount
        guard content.count >= header, unsafe Int(content.littleEndian32(at: 0)) == rowCount else {
            let found = content.count >= 4 ? "\(unsafe content.littleEndian32(at: 0))" : "no number of"
            throw Failure(
                message: "expected \(rowCount) rows and their lengths, found \(found) rows in \(content.count) bytes")
        }
        let lengths = unsafe UnsafeRawBufferPointer(rebasing: content[4..<header]).bindMemory(to: UInt32.self)
        let total = unsafe lengths.reduce(0) { $0 + Int($1) }
        let items = unsafe UnsafeRawBufferPointer(rebasing: content[header...])
        guard total <= items.count, total * itemBytes == items.count else {
            throw Failure(
                message:
                    "the rows' lengths sum to \(total) items of \(itemBytes) bytes, found \(items.count) bytes of items"
            )
        }
        return unsafe RaggedRows(lengths: lengths, items: items)
    }

    /// The rows of the last block of a shard whose columns are all ragged: only its frames know.
    static func rowCount(ofLastFrame index: ShardIndex, _ file: ShardBytes, _ schema: ShardSchema) throws(ShardError)
        -> Int
    {
        let block = index.offsets.count - 2
        let frame = index.frames[block * schema.columns.count]
        let start = index.offsets[block]
        let stored = try file.bytes(start..<start + Int(frame.storedBytes))
        let content = GrowableBytes(capacity: Int(frame.contentBytes))
        let bytes = unsafe content.extend(by: Int(frame.contentBytes))
        var decoder = ZstdDecoder()
        do throws(CodecError) {
            try unsafe decoder.decompressChecked(stored, into: bytes, checksum: frame.checksum)
        } catch {
            throw ShardError(.damaged, path: file.path, block: block, column: schema.columns[0].name, "\(error)")
        }
        return unsafe Int(UnsafeRawBufferPointer(bytes).littleEndian32(at: 0))
    }
}
