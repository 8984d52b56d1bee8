/// A number of bytes, as users write and read it: `512MiB`, `1.5GB`.
public struct ByteCount: Sendable, Hashable, CustomStringConvertible {
    public let bytes: Int

    public init(_ bytes: Int) { self.bytes = bytes }

    public static func kibibytes(_ count: Int) -> ByteCount { ByteCount(count << 10) }
    public static func mebibytes(_ count: Int) -> ByteCount { ByteCount(count << 20) }
    public static func gibibytes(_ count: Int) -> ByteCount { ByteCount(count << 30) }

    /// Units by their names in lower case.
    private static let units: [(name: String, factor: Double)] = [
        ("kib", 0x1p10), ("mib", 0x1p20), ("gib", 0x1p30), ("tib", 0x1p40), ("kb", 1e3), ("mb", 1e6), ("gb", 1e9),
        ("tb", 1e12), ("k", 0x1p10), ("m", 0x1p20), ("g", 0x1p30), ("t", 0x1p40), ("b", 1), ("", 1),
    ]

    /// Reads `512MiB`, `2GiB`, `1.5GB`, `65536`; nil for anything else. A bare `M` is `MiB`.
    public init?(parsing text: String) {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let suffix = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
        guard let value = Double(number), let unit = Self.units.first(where: { $0.name == suffix }) else { return nil }
        let bytes = value * unit.factor
        guard bytes.isFinite, bytes >= 0, bytes < 0x1p62 else { return nil }
        self.bytes = Int(bytes)
    }

    /// `192.0 MiB`.
    public var description: String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024 && unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        if unit == 0 { return "\(bytes) B" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
