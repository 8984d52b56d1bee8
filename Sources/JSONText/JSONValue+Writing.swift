extension JSONValue {
    /// The value as one line of JSON, with Python's spacing when `spaced`.
    ///
    /// - Parameter isStrict: whether numbers that JSON does not know become null, which every parser reads; otherwise they are
    ///   written as Python and Keras write them: `NaN`, `Infinity`.
    package func text(spaced: Bool = false, isStrict: Bool = false) -> String {
        var result = ""
        append(to: &result, Style(comma: spaced ? ", " : ",", colon: spaced ? ": " : ":", isStrict: isStrict))
        return result
    }

    private struct Style {
        let comma: String
        let colon: String
        let isStrict: Bool
    }

    private func append(to text: inout String, _ style: Style) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += style.isStrict && !value.isFinite ? "null" : Self.text(of: value)
        case .string(let value): Self.append(value, to: &text)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += style.comma }
                element.append(to: &text, style)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += style.comma }
                Self.append(member.key, to: &text)
                text += style.colon
                member.value.append(to: &text, style)
            }
            text += "}"
        }
    }

    private static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return value.description
    }

    private static func append(_ string: String, to text: inout String) {
        text += "\""
        defer { text += "\"" }
        // A log has a line for every update, with names that need no care.
        guard string.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
            text += string
            return
        }
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
