internal import Codecs

/// The numbers and names of the format, version 1.
package enum ShardFormat {
    /// `format` in the schema of a shard.
    package static let shard = "millrace-shard"

    /// `format` in a manifest.
    package static let manifest = "millrace-shards"

    /// The only version so far.
    package static let version = 1

    /// The manifest's name in its directory.
    package static let manifestName = "manifest.json"

    /// How the name of the record of an unfinished conversion ends, in the same directory.
    package static let unfinishedSuffix = ".partial"

    /// Whether a file that begins so, with 512 bytes or all that it has, is a manifest: an object that says so.
    package static func isManifest(_ head: [UInt8]) -> Bool {
        let text = String(decoding: head, as: UTF8.self)
        return text.first { !$0.isWhitespace } == "{" && text.contains("\"\(manifest)\"")
    }

    /// The name of a shard's file: `shard-00042.zst`.
    package static func fileName(shard: Int) -> String {
        let digits = String(shard)
        return "shard-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".zst"
    }

    /// The mark of the schema's skippable frame.
    static let schemaMark: UInt32 = 0x184d_2a50

    /// The mark of the seek table's skippable frame, and the one at its end.
    static let seekTableMark: UInt32 = 0x184d_2a5e
    static let seekableMark: UInt32 = 0x8f92_eab1

    /// Entries of a seek table: the most that readers of the public format take.
    static let mostFrames = 1 << 27

    /// Decoded bytes of one frame: the same.
    package static let largestFrame = 1 << 30

    /// Stored bytes of one frame: what does not compress grows a little.
    static let largestStoredFrame = 1 << 30 + 1 << 24

    /// Bytes of a schema, columns and extents: bounds on what is read and allocated before anything is known.
    static let largestSchema = 16 << 20
    static let mostColumns = 4096
    static let longestName = 1024
    static let mostExtents = 32

    /// Rows of a block: the lengths of a ragged column's rows fit in its frame.
    package static let mostBlockRows = 1 << 27

    /// The low half of the XXH64 of nothing: the checksum of the schema's frame in the seek table.
    static let emptyChecksum: UInt32 = 0x51d8_e999

    /// A manifest's bytes, before it is read into memory.
    static let largestManifest = 1 << 30

    /// Sixteen hexadecimal digits, as `xxh64sum` prints them.
    static func hexadecimal(_ hash: UInt64) -> String { hash.hexadecimal }

    /// The reverse; nil for anything else, capital letters too.
    static func hash(_ text: String) -> UInt64? {
        guard text.utf8.count == 16, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return UInt64(text, radix: 16)
    }
}
