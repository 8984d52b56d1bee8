internal import DataSource

/// Walks over the members of a tar archive: ustar, GNU's long names and large sizes, and pax's (POSIX.1-2001).
struct TarWalker {
    /// A member that is a file.
    struct Entry {
        let path: String
        let size: Int
        /// Where its headers begin, those that only extend it among them.
        let headerOffset: Int
        /// Where its bytes begin.
        let dataOffset: Int
        /// Where the next member's headers begin.
        var end: Int { dataOffset + (size + 511) / 512 * 512 }
    }

    /// Where bytes come from: in order, each once.
    protocol Bytes {
        /// The next bytes, fewer at the end.
        mutating func next(_ count: Int) throws(DataError) -> [UInt8]
    }

    /// Extensions of headers are names; longer ones are damage.
    private static let mostExtensionBytes = 1 << 20

    /// Members are kept whole in memory.
    static let mostMemberBytes = 1 << 30

    private let path: String
    private(set) var offset: Int

    /// - Parameters:
    ///   - path: the archive, for messages.
    ///   - offset: where in it the walk begins.
    init(_ path: String, offset: Int) {
        self.path = path
        self.offset = offset
    }

    /// The next member that is a file, whose bytes the caller then takes or passes over, up to `Entry.end`; nil at the
    /// end mark.
    mutating func next(from source: inout some Bytes) throws(DataError) -> Entry? {
        var longName: String?
        var longSize: Int?
        var start = offset
        while true {
            let block = try source.next(512)
            guard block.count == 512 else {
                throw failure(
                    "truncated: expected a header or the end mark at offset \(offset), found \(block.count) bytes")
            }
            if block.allSatisfy({ $0 == 0 }) { return nil }
            try verify(block)
            guard let size = longSize ?? Self.number(block[124..<136]) else {
                throw failure("damaged: the size in the header at offset \(offset) is no number")
            }
            offset += 512
            switch block[156] {
            case UInt8(ascii: "0"), 0, UInt8(ascii: "7"):
                let name = longName ?? Self.name(block)
                guard size <= Self.mostMemberBytes else {
                    throw failure("the member \(name) claims \(size) bytes; expected at most \(Self.mostMemberBytes)")
                }
                let entry = Entry(path: name, size: size, headerOffset: start, dataOffset: offset)
                offset = entry.end
                return entry
            case UInt8(ascii: "x"), UInt8(ascii: "L"), UInt8(ascii: "K"), UInt8(ascii: "g"):
                let data = try take(size, from: &source)
                if block[156] == UInt8(ascii: "L") {
                    longName = String(decoding: data.prefix { $0 != 0 }, as: UTF8.self)
                } else if block[156] == UInt8(ascii: "x") {
                    let records = try records(data)
                    if let found = records["path"] { longName = found }
                    if let found = records["size"] {
                        guard let number = Int(found), number >= 0 else {
                            throw failure("damaged: the size \(found) in the header at offset \(offset) is no number")
                        }
                        longSize = number
                    }
                }
            case UInt8(ascii: "S"):
                throw failure("the member \(Self.name(block)) is a sparse file; write the archive without --sparse")
            default:
                // Directories, links and devices are no samples.
                _ = try take(size, from: &source)
                longName = nil
                longSize = nil
                start = offset
            }
        }
    }

    // The bytes of an extension, and what pads them.
    private mutating func take(_ size: Int, from source: inout some Bytes) throws(DataError) -> ArraySlice<UInt8> {
        guard size <= Self.mostExtensionBytes else {
            throw failure("damaged: the header at offset \(offset - 512) claims an extension of \(size) bytes")
        }
        let padded = (size + 511) / 512 * 512
        let data = try source.next(padded)
        guard data.count == padded else {
            throw failure("truncated: expected \(padded) bytes at offset \(offset), found \(data.count)")
        }
        offset += padded
        return data[..<size]
    }

    // The sum of the header's bytes, its own field taken for spaces; old programs summed signed bytes.
    private func verify(_ block: [UInt8]) throws(DataError) {
        var unsigned = 8 * 0x20
        var signed = 8 * 0x20
        for (index, byte) in block.enumerated() where !(148..<156).contains(index) {
            unsigned += Int(byte)
            signed += Int(Int8(bitPattern: byte))
        }
        let found = Self.number(block[148..<156])
        guard found == unsigned || found == signed else {
            throw failure(
                "damaged: the checksum of the header at offset \(offset) is \(unsigned), expected"
                    + " \(found.map(String.init) ?? "a number")")
        }
    }

    /// Octal digits, or a large number in binary behind a byte of 0x80; nil for what is neither.
    static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 {
            // 0xff begins a negative number, which is no size.
            guard first == 0x80 else { return nil }
            var value = 0
            for byte in field.dropFirst() {
                guard value < 1 << 54 else { return nil }
                value = value << 8 | Int(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        guard !digits.isEmpty else { return field.allSatisfy { $0 == 0x20 || $0 == 0 } ? 0 : nil }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
    }

    private static func name(_ block: [UInt8]) -> String {
        func text(_ range: Range<Int>) -> String {
            String(decoding: block[range].prefix { $0 != 0 }, as: UTF8.self)
        }
        // GNU's headers have a space behind "ustar", and other things where the prefix would be.
        guard block[257..<263].elementsEqual(Array("ustar".utf8) + [0]), block[345] != 0 else { return text(0..<100) }
        return text(345..<500) + "/" + text(0..<100)
    }

    // Records of the form "length key=value\n".
    private func records(_ data: ArraySlice<UInt8>) throws(DataError) -> [String: String] {
        var rest = data
        var records: [String: String] = [:]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != 0x20 }
            guard let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 1,
                length <= rest.count
            else { throw failure("damaged: an extension of the header at offset \(offset) is no list of records") }
            let record = rest.prefix(length).dropFirst(digits.count + 1).dropLast()
            let key = record.prefix { $0 != UInt8(ascii: "=") }
            let value = String(decoding: record.dropFirst(key.count + 1), as: UTF8.self)
            records[String(decoding: key, as: UTF8.self)] = value
            rest = rest.dropFirst(length)
        }
        if records.keys.contains(where: { $0.hasPrefix("GNU.sparse") }) {
            throw failure("a member is a sparse file; write the archive without --sparse")
        }
        return records
    }

    private func failure(_ message: String) -> DataError { DataError(file: path, message) }
}
