import Glibc

/// A number as Python's `repr` writes it: the fewest digits that give the number back.
func pythonText(_ value: Double) -> String {
    // Swift's description differs between 1e16 and 2^54, where Python has an exponent already.
    guard value.isFinite, abs(value) >= 1e16 else { return value.description }
    for digits in 0..<17 {
        let text = formatted(value, "e", precision: digits)
        if Double(text) == value { return text }
    }
    return formatted(value, "e", precision: 17)
}

/// A number as C's `printf` writes it with a conversion such as `f`, `e` or `g`.
///
/// - Parameters:
///   - precision: negative: C's default.
///   - width: the fewest characters.
package func formatted(
    _ value: Double, _ conversion: Character, precision: Int = -1, width: Int = 0, hasLeadingZeros: Bool = false
) -> String {
    let format = "%\(hasLeadingZeros ? "0" : "")*.*\(conversion)"
    let count = 512 + max(0, width) + max(0, precision)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: count) { buffer in
        _ = withVaList([Int32(width), Int32(precision), value]) {
            vsnprintf(buffer.baseAddress!, buffer.count, format, $0)
        }
        return String(cString: buffer.baseAddress!)
    }
}
