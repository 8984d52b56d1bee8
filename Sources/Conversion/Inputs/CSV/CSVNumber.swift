internal import Glibc

/// Reads decimal numbers out of bytes that are followed by at least one byte that belongs to none.
///
/// Values are the float64 nearest to what is written (ties to even), as `strtod` gives them. Numbers of up to 19 digits
/// take one exact conversion and one division or multiplication by an exact power of ten: in float64 where both are
/// exact there (Clinger's fast path), else in the 80-bit format where the processor has it, unless its result lies on a
/// tie of float64. All others go to `strtod`.
package enum CSVNumber {
    // Kept as long as the program runs, as pointers: a loop pays neither for counts of references nor for bounds.
    nonisolated(unsafe) private static let powers: UnsafePointer<Double> = kept([
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ])

    #if arch(x86_64)
        // Powers of ten are exact in 64 bits up to 5²⁷ < 2⁶⁴.
        nonisolated(unsafe) private static let longPowers: UnsafePointer<Float80> = {
            var powers: [Float80] = [1]
            for _ in 0..<27 { powers.append(powers[powers.count - 1] * 10) }
            return kept(powers)
        }()
    #endif

    private static func kept<Value>(_ values: [Value]) -> UnsafePointer<Value> {
        let table = UnsafeMutablePointer<Value>.allocate(capacity: values.count)
        table.initialize(from: values, count: values.count)
        return UnsafePointer(table)
    }

    /// The tables, looked up once by a loop instead of once a number.
    package struct Reader {
        private let powers = CSVNumber.powers
        #if arch(x86_64)
            private let longPowers = CSVNumber.longPowers
        #endif

        package init() {}

        /// Reads a number at `start`, and returns it and the place behind it; nil when there is none.
        @inline(__always)
        package func read(_ start: UnsafePointer<UInt8>) -> (value: Double, after: UnsafePointer<UInt8>)? {
            var place = start
            let sign = place.pointee
            if sign == 0x2d || sign == 0x2b { place += 1 }
            var mantissa: UInt64 = 0
            let first = place
            while case let digit = place.pointee &- 0x30, digit < 10 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                place += 1
            }
            var digits = place - first
            var exponent = 0
            if place.pointee == 0x2e {
                place += 1
                let point = place
                while case let digit = place.pointee &- 0x30, digit < 10 {
                    mantissa = mantissa &* 10 &+ UInt64(digit)
                    place += 1
                }
                exponent = point - place
                digits -= exponent
            }
            guard digits > 0 else { return nil }
            if place.pointee | 0x20 == 0x65 {
                var mark = place + 1
                let isNegative = mark.pointee == 0x2d
                if isNegative || mark.pointee == 0x2b { mark += 1 }
                let digitsStart = mark
                var power = 0
                while case let digit = mark.pointee &- 0x30, digit < 10 {
                    power = min(power * 10 + Int(digit), 100_000)
                    mark += 1
                }
                // Without digits the letter belongs to something else, and the number is none.
                guard mark > digitsStart else { return nil }
                exponent += isNegative ? -power : power
                place = mark
            }
            let magnitude: Double
            if digits <= 19, mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
                magnitude =
                    exponent < 0 ? Double(mantissa) / powers[-exponent] : Double(mantissa) * powers[exponent]
            } else if digits <= 19, let value = long(mantissa, exponent) {
                magnitude = value
            } else {
                // The grammar was checked above, so that words and hexadecimal digits cannot come in here.
                magnitude = strtod(UnsafeRawPointer(first).assumingMemoryBound(to: CChar.self), nil)
            }
            return (sign == 0x2d ? -magnitude : magnitude, place)
        }

        // In 80 bits; nil where rounding a second time might go wrong.
        @inline(__always)
        private func long(_ mantissa: UInt64, _ exponent: Int) -> Double? {
            #if arch(x86_64)
                guard exponent >= -27, exponent <= 27 else { return nil }
                let value =
                    exponent < 0 ? Float80(mantissa) / longPowers[-exponent] : Float80(mantissa) * longPowers[exponent]
                guard value.significandBitPattern & 0x7ff != 0x400 else { return nil }
                return Double(value)
            #else
                return nil
            #endif
        }
    }

    /// Reads an integer of at most 18 digits at `start`, and returns it and the place behind it; nil for others.
    @inline(__always)
    package static func shortInteger(_ start: UnsafePointer<UInt8>) -> (value: Int64, after: UnsafePointer<UInt8>)? {
        var place = start
        let isNegative = place.pointee == 0x2d
        if isNegative || place.pointee == 0x2b { place += 1 }
        let first = place
        var value: Int64 = 0
        while case let digit = place.pointee &- 0x30, digit < 10 {
            value = value &* 10 &+ Int64(digit)
            place += 1
        }
        guard place > first, place - first <= 18 else { return nil }
        return (isNegative ? -value : value, place)
    }

    /// The number that is all of some text but for spaces around it: decimal, or `inf`, `infinity` and `nan` in any case.
    package static func whole(_ text: UnsafeBufferPointer<UInt8>, _ reader: Reader) -> Double? {
        let text = trimmed(text)
        guard let start = text.baseAddress, !text.isEmpty else { return nil }
        if let (value, after) = reader.read(start), after == start + text.count { return value }
        guard text.count <= 9 else { return nil }
        let word = String(decoding: text, as: UTF8.self).lowercased()
        switch word {
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        case "nan", "+nan", "-nan": return .nan
        default: return nil
        }
    }

    /// The integer that is all of some text but for spaces around it, also when written as `3.0`; nil when it does not
    /// fit 64 bits, signed or not.
    package static func integer(_ text: UnsafeBufferPointer<UInt8>, _ reader: Reader) -> (
        bits: UInt64, isNegative: Bool
    )? {
        let text = trimmed(text)
        guard let start = text.baseAddress, !text.isEmpty else { return nil }
        let isNegative = text[0] == 0x2d
        var index = isNegative || text[0] == 0x2b ? 1 : 0
        guard index < text.count else { return nil }
        var value: UInt64 = 0
        while index < text.count, case let digit = text[index] &- 0x30, digit < 10 {
            let (next, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = next.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
            index += 1
        }
        guard index < text.count else { return (value, isNegative && value != 0) }
        guard let (number, after) = reader.read(start), after == start + text.count, abs(number) <= 0x1p53,
            let exact = Int64(exactly: number)
        else { return nil }
        return (exact.magnitude, exact < 0)
    }

    /// Digits of a decimal number from the first that is not zero to the last that is not.
    static func significantDigits(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var (count, zeros) = (0, 0)
        for byte in text {
            if byte | 0x20 == 0x65 { break }
            guard byte &- 0x30 < 10, byte != 0x30 || count > 0 else { continue }
            zeros = byte == 0x30 ? zeros + 1 : 0
            count += 1
        }
        return count - zeros
    }

    private static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var (first, end) = (0, text.count)
        while first < end, text[first] == 0x20 || text[first] == 0x09 { first += 1 }
        while end > first, text[end - 1] == 0x20 || text[end - 1] == 0x09 { end -= 1 }
        return UnsafeBufferPointer(rebasing: text[first..<end])
    }
}
