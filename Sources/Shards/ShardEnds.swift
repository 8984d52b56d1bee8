internal import Codecs

/// The first frame of a shard and its seek table, read in one or two goes and checked by themselves.
struct ShardEnds {
    let schemaText: [UInt8]

    /// Bytes of the first frame.
    let schemaBytes: Int

    /// The entries of the seek table.
    let frames: [ShardFrame]

    /// Where the seek table begins.
    let tableStart: Int

    /// XXH64 of the first frame and of the seek table, one after the other.
    let hash: UInt64

    private static let leastBytes = SchemaFrame.headerBytes + SchemaFrame.hashBytes + SeekTable.byteCount(frames: 2)

    init(_ file: ShardBytes, headGuess: Int, tailGuess: Int) throws(ShardError) {
        func damaged(_ message: String) -> ShardError { ShardError(.damaged, path: file.path, message) }
        let size = file.byteCount
        guard size >= Self.leastBytes else {
            throw damaged("expected a shard, of \(Self.leastBytes) bytes at least, found \(size) bytes")
        }
        var tail = try file.bytes(size - min(size, tailGuess)..<size)
        var head = tail.count == size ? tail : try file.bytes(0..<min(size, headGuess))

        // The mark at the front is looked at first: it tells another kind of file from a shard that was cut.
        let mark = head[...].littleEndian32(at: 0)
        let contentBytes = Int(head[...].littleEndian32(at: 4))
        guard mark == ShardFormat.schemaMark else {
            throw damaged(
                "expected the mark of a schema at its beginning; it is no shard, or its first bytes are damaged")
        }
        schemaBytes = SchemaFrame.headerBytes + contentBytes
        guard contentBytes > SchemaFrame.hashBytes, schemaBytes <= min(size, ShardFormat.largestSchema) else {
            throw damaged("a schema of \(contentBytes) bytes does not fit the file's \(size)")
        }
        if head.count < schemaBytes { head = try file.bytes(0..<schemaBytes) }
        let textEnd = schemaBytes - SchemaFrame.hashBytes
        schemaText = Array(head[SchemaFrame.headerBytes..<textEnd])
        let stored =
            UInt64(head[...].littleEndian32(at: textEnd)) | UInt64(head[...].littleEndian32(at: textEnd + 4)) << 32
        let computed = XXHash64.hash(schemaText)
        guard stored == computed else {
            throw damaged("the schema has hash \(computed.hexadecimal), expected \(stored.hexadecimal)")
        }

        let count = try SeekTable.frameCount(
            tail.suffix(SeekTable.footerBytes), fileBytes: size, path: file.path)
        let tableBytes = SeekTable.byteCount(frames: count)
        tableStart = size - tableBytes
        if tail.count < tableBytes { tail = try file.bytes(tableStart..<size) }
        let table = tail.suffix(tableBytes)
        frames = try SeekTable.frames(table, path: file.path)
        var hash = XXHash64()
        unsafe head.prefix(schemaBytes).withUnsafeBytes { unsafe hash.update($0) }
        unsafe table.withUnsafeBytes { unsafe hash.update($0) }
        self.hash = hash.value
    }
}
