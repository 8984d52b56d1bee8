internal import Codecs
internal import Memory

/// One frame as the seek table lists it.
package struct ShardFrame: Sendable, Hashable {
    /// Bytes in the file.
    package var storedBytes: UInt32

    /// Bytes that it decodes to.
    package var contentBytes: UInt32

    /// The low half of the content's XXH64.
    package var checksum: UInt32

    /// An entry of the table.
    package init(storedBytes: UInt32, contentBytes: UInt32, checksum: UInt32) {
        self.storedBytes = storedBytes
        self.contentBytes = contentBytes
        self.checksum = checksum
    }
}

/// The last frame of a shard: the seek table of the public zstd seekable format, with checksums.
enum SeekTable {
    /// Bytes in front of the entries: mark and size of a skippable frame.
    static let headerBytes = 8

    /// Bytes behind the entries: number of frames, descriptor, mark.
    static let footerBytes = 9

    static let entryBytes = 12

    /// The descriptor of a table with checksums; all other bits are reserved or unused.
    private static let descriptor: UInt8 = 0x80

    /// Bytes of the table of so many frames.
    static func byteCount(frames: Int) -> Int { headerBytes + entryBytes * frames + footerBytes }

    /// The table, as it stands in the file.
    static func bytes(_ frames: [ShardFrame]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount(frames: frames.count))
        bytes.append(littleEndian: ShardFormat.seekTableMark)
        bytes.append(littleEndian: UInt32(byteCount(frames: frames.count) - headerBytes))
        for frame in frames {
            bytes.append(littleEndian: frame.storedBytes)
            bytes.append(littleEndian: frame.contentBytes)
            bytes.append(littleEndian: frame.checksum)
        }
        bytes.append(littleEndian: UInt32(frames.count))
        bytes.append(descriptor)
        bytes.append(littleEndian: ShardFormat.seekableMark)
        return bytes
    }

    /// How many frames the table has that ends a file with `footer`.
    static func frameCount(_ footer: ArraySlice<UInt8>, fileBytes: Int, path: String) throws(ShardError) -> Int {
        guard footer.littleEndian32(at: footer.startIndex + 5) == ShardFormat.seekableMark else {
            throw ShardError(
                .damaged, path: path, "expected the mark of a seek table at its end; the file is cut, or no shard")
        }
        let found = footer[footer.startIndex + 4]
        guard found == descriptor else {
            throw ShardError(
                .damaged, path: path, "expected a seek table with checksums (descriptor 128), found descriptor \(found)"
            )
        }
        let count = Int(footer.littleEndian32(at: footer.startIndex))
        guard 2...ShardFormat.mostFrames ~= count, byteCount(frames: count) < fileBytes else {
            throw ShardError(
                .damaged, path: path,
                "the seek table lists \(count) frames, which a file of \(fileBytes) bytes cannot hold")
        }
        return count
    }

    /// The entries of a whole table, whose footer was checked.
    static func frames(_ table: ArraySlice<UInt8>, path: String) throws(ShardError) -> [ShardFrame] {
        guard table.littleEndian32(at: table.startIndex) == ShardFormat.seekTableMark,
            Int(table.littleEndian32(at: table.startIndex + 4)) == table.count - headerBytes
        else {
            throw ShardError(
                .damaged, path: path, "expected the mark and the size of a seek table in front of its entries")
        }
        let entries = table.dropFirst(headerBytes).dropLast(footerBytes)
        return stride(from: entries.startIndex, to: entries.endIndex, by: entryBytes).map { place in
            ShardFrame(
                storedBytes: table.littleEndian32(at: place), contentBytes: table.littleEndian32(at: place + 4),
                checksum: table.littleEndian32(at: place + 8))
        }
    }
}

/// The first frame of a shard: a skippable frame of the schema's JSON and its XXH64.
enum SchemaFrame {
    /// Bytes in front of the JSON, and of its hash behind it.
    static let headerBytes = 8
    static let hashBytes = 8

    /// The frame, as it stands in the file.
    static func bytes(_ schema: ShardSchema, shard: Int) -> [UInt8] {
        let text = Array(schema.json(shard: shard).text().utf8)
        var bytes: [UInt8] = []
        bytes.append(littleEndian: ShardFormat.schemaMark)
        bytes.append(littleEndian: UInt32(text.count + hashBytes))
        bytes += text
        let hash = XXHash64.hash(text)
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: hash))
        bytes.append(littleEndian: UInt32(hash >> 32))
        return bytes
    }
}

extension [UInt8] {
    mutating func append(littleEndian value: UInt32) {
        for shift in stride(from: 0, to: 32, by: 8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
}

extension ArraySlice<UInt8> {
    /// The number at an index of the array; an index outside traps.
    func littleEndian32(at index: Int) -> UInt32 {
        var value: UInt32 = 0
        for offset in 0..<4 { value |= UInt32(self[index + offset]) << (8 * UInt32(offset)) }
        return value
    }
}

extension UnsafeRawBufferPointer {
    /// The number at a place that the caller has checked; a place outside traps.
    func littleEndian32(at place: Int) -> UInt32 {
        precondition(place >= 0 && place <= count - 4, "place \(place) of \(count) bytes")
        return unsafe UInt32(littleEndian: loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }
}
