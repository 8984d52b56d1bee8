import Codecs

/// Texts that tell datasets apart in few bytes.
enum Fingerprint {
    /// One short text for those of many parts, in their order.
    static func summary(of texts: [String], rowCount: Int) -> String {
        var hash = DataHash()
        for text in texts { hash.add(text.utf8) }
        return "\(texts.count) parts, \(rowCount) rows, \(hash.value.hexadecimal)"
    }
}
