/// Text that is the same for the same data: 32 hexadecimal digits of a hash.
///
/// Covers the columns, the cut into blocks, and what the source knows about its contents (`Source.fingerprint`).
struct DataIdentity: Equatable {
    let text: String

    init(_ source: some Source) {
        var hash = IdentityHash()
        for column in source.columns { hash.add("\(column.name)\u{0}\(column.type)\u{0}\(column.rowShape)") }
        hash.add("\(source.inputs.count) \(source.targets.count)")
        for block in 0..<source.blocks.count { hash.add(UInt64(source.blocks[block].lowerBound)) }
        hash.add(UInt64(source.rowCount))
        hash.add(source.fingerprint ?? "")
        text = hash.text
    }
}

/// Two chains of a full mixer over 64-bit words: not against attackers, and far from chance for accidents.
private struct IdentityHash {
    private var first: UInt64 = 0x6d69_6c6c_7261_6365
    private var second: UInt64 = 0x9e37_79b9_7f4a_7c15

    mutating func add(_ value: UInt64) {
        first = mixed(first ^ value)
        second = mixed(second &+ first &+ 0xd134_2543_de82_ef95)
    }

    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        var word: UInt64 = 0
        for (index, byte) in text.utf8.enumerated() {
            word = word << 8 | UInt64(byte)
            if index % 8 == 7 { add(word) }
        }
        add(word)
    }

    var text: String {
        [first, second].map { value in
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
