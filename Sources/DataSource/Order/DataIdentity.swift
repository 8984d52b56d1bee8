import Codecs

/// Text that is the same for the same data: 16 hexadecimal digits of a hash.
///
/// Covers the columns and their conversions, the cut into blocks, and what the source knows about its contents
/// (`Source.fingerprint`).
struct DataIdentity: Equatable {
    let text: String

    init(_ source: some Source) throws(DataError) {
        var hash = DataHash()
        for column in source.columns {
            hash.add("\(column.name)\u{0}\(column.type)\u{0}\(column.rowShape)\u{0}\(column.conversion)".utf8)
            if let padding = column.padding { hash.add("\u{0}\(padding)".utf8) }
        }
        hash.add(UInt64(source.inputs.count))
        hash.add(UInt64(source.targets.count))
        for block in 0..<source.blocks.count { hash.add(UInt64(source.blocks[block].upperBound)) }
        hash.add((try source.fingerprint ?? "").utf8)
        text = hash.value.hexadecimal
    }
}

extension Source {
    /// Text that is the same for the same data: columns, blocks and contents, as in `StreamState.dataIdentity`.
    ///
    /// Costs some milliseconds a file; throws when the contents cannot be read.
    package var identity: String { get throws(DataError) { try DataIdentity(self).text } }
}
