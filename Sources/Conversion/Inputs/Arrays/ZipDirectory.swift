internal import DataSource

/// The members of a zip file, by its central directory: where each one's bytes lie, for reading them by position.
///
/// ZIP64 (APPNOTE 6.3, 4.3.14 and 4.5.3) is read, so that files, members and their number may be of any size. Encrypted
/// members, and methods other than stored and deflated, are refused by name.
struct ZipDirectory {
    /// A member.
    struct Member {
        let name: String
        let isDeflated: Bool
        let storedBytes: Int
        let byteCount: Int
        let checksum: UInt32
        let headerOffset: Int

        /// Where the stored bytes lie; the local header says how long it is itself.
        func dataRange(in file: InputFile) throws(DataError) -> Range<Int> {
            let header = try ByteFields(file.open().read(at: headerOffset, count: 30))
            guard header.uint32(0) == 0x0403_4b50 else {
                throw file.error("damaged: expected the member \(name) at offset \(headerOffset), found other bytes")
            }
            let start = headerOffset + 30 + Int(header.uint16(26)) + Int(header.uint16(28))
            guard start <= file.byteCount - storedBytes else {
                throw file.error("truncated: the member \(name) has \(storedBytes) bytes at offset \(start)")
            }
            return start..<start + storedBytes
        }
    }

    /// The members in the order of the directory.
    private(set) var members: [Member] = []

    /// Directories are read at once; one of a million members has less.
    private static let mostDirectoryBytes = 256 << 20

    /// Whether bytes are the beginning of a zip file.
    static func isArchive(_ head: [UInt8]) -> Bool {
        head.starts(with: [0x50, 0x4b, 3, 4]) || head.starts(with: [0x50, 0x4b, 5, 6])
    }

    /// Reads the directory.
    init(_ file: InputFile) throws(DataError) {
        let open = try file.open()
        // The end record is the last thing but for a comment of up to 65,535 bytes.
        let tailBytes = min(file.byteCount, 22 + 65535 + 20)
        let tailOffset = file.byteCount - tailBytes
        let tail = ByteFields(try open.read(at: tailOffset, count: tailBytes))
        guard
            let end = stride(from: tailBytes - 22, through: 0, by: -1).first(where: {
                tail.uint32($0) == 0x0605_4b50 && $0 + 22 + Int(tail.uint16($0 + 20)) <= tailBytes
            })
        else {
            throw file.error("truncated: a zip file ends with its directory, which is missing; copy the file again")
        }
        var (size, offset) = (Int(tail.uint32(end + 12)), Int(tail.uint32(end + 16)))
        if end >= 20, tail.uint32(end - 20) == 0x0706_4b50 {
            guard let place = Int(exactly: tail.uint64(end - 12)), place <= file.byteCount - 56 else {
                throw file.error("damaged: the offset of the zip64 directory is behind the file's end")
            }
            let record = ByteFields(try open.read(at: place, count: 56))
            guard record.uint32(0) == 0x0606_4b50, let long = Int(exactly: record.uint64(40)),
                let far = Int(exactly: record.uint64(48))
            else { throw file.error("damaged: expected the zip64 directory at offset \(place), found other bytes") }
            (size, offset) = (long, far)
        }
        guard size <= Self.mostDirectoryBytes, offset >= 0, offset <= file.byteCount - size else {
            throw file.error("damaged: its directory of \(size) bytes at offset \(offset) is not inside the file")
        }
        try read(ByteFields(try open.read(at: offset, count: size)), file)
    }

    private mutating func read(_ bytes: ByteFields, _ file: InputFile) throws(DataError) {
        var place = 0
        while place + 46 <= bytes.count, bytes.uint32(place) == 0x0201_4b50 {
            let (nameBytes, extraBytes) = (Int(bytes.uint16(place + 28)), Int(bytes.uint16(place + 30)))
            let next = place + 46 + nameBytes + extraBytes + Int(bytes.uint16(place + 32))
            guard next <= bytes.count else { break }
            let name = bytes.text(place + 46, nameBytes)
            var sizes = [
                UInt64(bytes.uint32(place + 24)), UInt64(bytes.uint32(place + 20)), UInt64(bytes.uint32(place + 42)),
            ]
            // The zip64 field holds, in this order, those of the three that do not fit 32 bits.
            var extra = place + 46 + nameBytes
            let extraEnd = extra + extraBytes
            while extra + 4 <= extraEnd {
                let (id, length) = (bytes.uint16(extra), Int(bytes.uint16(extra + 2)))
                guard extra + 4 + length <= extraEnd else { break }
                if id == 1 {
                    var field = extra + 4
                    for index in sizes.indices where sizes[index] == 0xffff_ffff && field + 8 <= extra + 4 + length {
                        sizes[index] = bytes.uint64(field)
                        field += 8
                    }
                }
                extra += 4 + length
            }
            let method = bytes.uint16(place + 10)
            guard bytes.uint16(place + 8) & 1 == 0, method == 0 || method == 8 else {
                throw file.error(
                    "the member \(name) is \(method == 0 || method == 8 ? "encrypted" : "compressed by method \(method)");"
                        + " expected stored or deflated members, as numpy.savez and savez_compressed write them")
            }
            guard let size = Int(exactly: sizes[0]), let stored = Int(exactly: sizes[1]),
                let offset = Int(exactly: sizes[2]), stored <= file.byteCount, offset <= file.byteCount - 30,
                method == 8 || size == stored, size / 1040 <= stored
            else { throw file.error("damaged: the sizes of the member \(name) are impossible") }
            members.append(
                Member(
                    name: name, isDeflated: method == 8, storedBytes: stored, byteCount: size,
                    checksum: bytes.uint32(place + 16), headerOffset: offset))
            place = next
        }
        guard place == bytes.count else { throw file.error("damaged: its directory ends in the middle of a member") }
    }
}
