/// A dataset of shards that cannot be opened, understood, read or made.
package struct ShardError: Error, CustomStringConvertible, Sendable, Equatable {
    /// What went wrong, in the classes that a caller treats differently.
    package enum Kind: Sendable, Equatable {
        /// There is no such file or directory.
        case missing
        /// The file exists and may not be read.
        case permission
        /// The system failed to read.
        case readFailed
        /// The bytes are not what was written: sizes, marks, checksums, hashes.
        case damaged
        /// A file changed since it was opened.
        case changed
        /// Files that are each whole do not belong together, for example a manifest and a shard.
        case inconsistent
        /// A conversion into this directory has not come to its end.
        case unfinished
        /// Another version or kind of data than this program reads.
        case unsupported
        /// Data that the format cannot hold.
        case invalid
    }

    package var kind: Kind

    /// The file or directory; empty while blocks are encoded, before there is a file.
    package var path: String

    /// The block of the shard.
    package var block: Int?

    /// The column's name.
    package var column: String?

    /// The rows that are concerned, as numbered in the shard.
    package var rows: Range<Int>?

    /// What was expected, what was found, and what to do.
    package var message: String

    /// Describes a failure.
    package init(
        _ kind: Kind, path: String, block: Int? = nil, column: String? = nil, rows: Range<Int>? = nil, _ message: String
    ) {
        self.kind = kind
        self.path = path
        self.block = block
        self.column = column
        self.rows = rows
        self.message = message
    }

    /// `shards/shard-00003.zst: block 7, column "x", rows 448...511 of the shard: zstd data is corrupt`.
    package var description: String {
        var places: [String] = []
        if let block { places.append("block \(block)") }
        if let column { places.append("column \"\(column)\"") }
        if let rows {
            places.append(
                rows.count == 1
                    ? "row \(rows.lowerBound) of the shard"
                    : "rows \(rows.lowerBound)...\(rows.upperBound - 1) of the shard")
        }
        return ([path, places.joined(separator: ", ")].filter { !$0.isEmpty } + [message]).joined(separator: ": ")
    }
}
