/// Texts that tell datasets apart in few bytes.
enum Fingerprint {
    /// One short text for those of many parts, in their order: FNV-1a over all of them, 64 bits.
    ///
    /// Source: G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, "The FNV Non-Cryptographic Hash Algorithm".
    static func summary(of texts: [String], rowCount: Int) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for text in texts {
            // A byte that no text has ends each, so that no two lists give the same bytes.
            for byte in Array(text.utf8) + [0xff] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        let digits = String(hash, radix: 16)
        return "\(texts.count) parts, \(rowCount) rows, \(String(repeating: "0", count: 16 - digits.count) + digits)"
    }
}
