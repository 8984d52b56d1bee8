internal import Codecs
import Glibc
package import Memory

/// Writes one shard: blocks in their order, then `finish`. Without it the file never appears.
///
/// One thread at a time. Blocks go through a buffer of a mebibyte to a hidden name in the same directory.
package final class ShardFileWriter {
    /// The shard's number in its dataset.
    package let shard: Int
    package let schema: ShardSchema

    /// Rows so far.
    package private(set) var rowCount = 0

    private var output: AtomicOutput
    private let descriptor: Int32
    private let buffer = GrowableBytes(capacity: bufferBytes)
    private var frames: [ShardFrame]
    private var writtenBytes = 0
    private var fileHash = XXHash64()
    private var indexHash = XXHash64()
    private var isComplete = false

    private static let bufferBytes = 1 << 20

    /// Bytes that a writer holds, besides 12 for every frame.
    package static let heldBytes = bufferBytes

    /// Begins a shard that will appear at `path`. Fails at once where the file cannot be created.
    package init(path: String, schema: ShardSchema, shard: Int) throws(OutputError) {
        self.shard = shard
        self.schema = schema
        output = try AtomicOutput(path: path)
        descriptor = unsafe open(output.temporaryPath, O_WRONLY | O_CLOEXEC)
        let frame = SchemaFrame.bytes(schema, shard: shard)
        frames = [
            ShardFrame(
                storedBytes: UInt32(frame.count), contentBytes: 0, checksum: ShardFormat.emptyChecksum)
        ]
        guard descriptor >= 0 else { throw OutputError(path: path, stage: .create, code: errno) }
        try write(index: frame)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The file's size if it were finished now.
    package var byteCount: Int { writtenBytes + buffer.count + SeekTable.byteCount(frames: frames.count) }

    /// Whether another block still fits the seek table.
    package var hasRoom: Bool { frames.count + schema.columns.count <= ShardFormat.mostFrames }

    /// Adds the next block. All blocks but the last have `blockRows` rows.
    package func append(_ block: EncodedBlock) throws(OutputError) {
        precondition(!isComplete, "ShardFileWriter: a block behind one that is not full, or behind the end")
        precondition(
            block.frames.count == schema.columns.count && hasRoom && 1...schema.blockRows ~= block.rowCount,
            "ShardFileWriter: a block of \(block.frames.count) columns and \(block.rowCount) rows")
        isComplete = block.rowCount < schema.blockRows
        frames += block.frames
        rowCount += block.rowCount
        try unsafe write(block.bytes.bytes)
    }

    /// Writes the seek table, syncs the file and gives it its name.
    package func finish() throws(OutputError) -> ShardEntry {
        precondition(rowCount > 0, "ShardFileWriter: a shard without rows")
        isComplete = true
        try write(index: SeekTable.bytes(frames))
        try flush()
        try output.commit()
        let name = output.path.lastIndex(of: "/").map { output.path[output.path.index(after: $0)...] }
        return ShardEntry(
            file: name.map(String.init) ?? output.path, rowCount: rowCount, byteCount: writtenBytes,
            hash: fileHash.value, indexHash: indexHash.value)
    }

    // What opening the shard reads has a hash of its own.
    private func write(index bytes: [UInt8]) throws(OutputError) {
        indexHash.update(bytes)
        fileHash.update(bytes)
        unsafe bytes.withUnsafeBytes { unsafe buffer.append($0) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        unsafe fileHash.update(bytes)
        unsafe buffer.append(bytes)
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    private func flush() throws(OutputError) {
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer.bytes[done...])
            let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                throw OutputError(path: output.path, stage: .write, code: count == 0 ? ENOSPC : errno)
            }
        }
        writtenBytes += done
        buffer.truncate(to: 0)
    }
}
