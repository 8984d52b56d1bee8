extension JSONValue {
    /// Parses UTF-8 text exactly as RFC 8259 has it: members in the order of the text, whole numbers that fit as
    /// integers, and errors for a name that an object has twice and for nesting of more than 64 levels.
    ///
    /// For files whose format is ours and which may be large: about 100 MB/s.
    package init(strict text: [UInt8]) throws(ParseError) {
        var parser = StrictParser(text: text, deepest: 64)
        self = try parser.document()
    }

    /// Parses UTF-8 text that others wrote, in all but depth as `init(strict:)` does: models within models are nested deeper
    /// than files of ours, up to 512 levels.
    package init(parsing text: [UInt8]) throws(ParseError) {
        var parser = StrictParser(text: text, deepest: 512)
        self = try parser.document()
    }
}

/// A recursive descent over the bytes of a text.
private struct StrictParser {
    let text: [UInt8]
    /// The most levels of objects and lists within each other.
    let deepest: Int
    var place = 0

    init(text: [UInt8], deepest: Int) {
        self.text = text
        self.deepest = deepest
    }

    mutating func document() throws(JSONValue.ParseError) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard place == text.count else { throw unexpected("the end of the text") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONValue.ParseError) -> JSONValue {
        guard depth < deepest else {
            throw JSONValue.ParseError(description: "not valid JSON: nested more than \(deepest) levels deep")
        }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(JSONValue.ParseError) -> JSONValue {
        place += 1
        var members: [JSONValue.Member] = []
        if try ends(UInt8(ascii: "}"), afterElement: false) { return .object(members) }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw unexpected("a name") }
            let key = try string()
            skipSpace()
            guard peek == UInt8(ascii: ":") else { throw unexpected("':'") }
            place += 1
            members.append(JSONValue.Member(key: key, value: try value(depth: depth + 1)))
        } while try !ends(UInt8(ascii: "}"), afterElement: true)
        // Small objects are searched, large ones (class counts) are not: the square of 4096 takes a while.
        if members.count <= 8 {
            for (index, member) in members.enumerated()
            where members[..<index].contains(where: { $0.key == member.key }) {
                throw JSONValue.ParseError(description: "not valid JSON: the name \"\(member.key)\" is there twice")
            }
        } else if Set(members.map(\.key)).count < members.count {
            throw JSONValue.ParseError(description: "not valid JSON: an object has a name twice")
        }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONValue.ParseError) -> JSONValue {
        place += 1
        var elements: [JSONValue] = []
        if try ends(UInt8(ascii: "]"), afterElement: false) { return .array(elements) }
        repeat { elements.append(try value(depth: depth + 1)) } while try !ends(UInt8(ascii: "]"), afterElement: true)
        return .array(elements)
    }

    /// Whether a list ends here; else, behind an element, a comma is taken.
    private mutating func ends(_ mark: UInt8, afterElement: Bool) throws(JSONValue.ParseError) -> Bool {
        skipSpace()
        if peek == mark {
            place += 1
            return true
        }
        guard afterElement else { return false }
        guard peek == UInt8(ascii: ",") else { throw unexpected("',' or '\(Character(Unicode.Scalar(mark)))'") }
        place += 1
        return false
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONValue.ParseError) -> JSONValue {
        let end = place + word.utf8CodeUnitCount
        guard end <= text.count, text[place..<end].elementsEqual("\(word)".utf8) else { throw unexpected("a value") }
        place = end
        return value
    }

    private mutating func number() throws(JSONValue.ParseError) -> JSONValue {
        let start = place
        if peek == UInt8(ascii: "-") { place += 1 }
        let first = peek
        let digitCount = takeDigits()
        guard digitCount > 0, first != UInt8(ascii: "0") || digitCount == 1 else { throw unexpected("a value") }
        var isWhole = true
        if peek == UInt8(ascii: ".") {
            place += 1
            isWhole = false
            guard takeDigits() > 0 else { throw unexpected("a digit") }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            place += 1
            isWhole = false
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { place += 1 }
            guard takeDigits() > 0 else { throw unexpected("a digit") }
        }
        let digits = String(decoding: text[start..<place], as: UTF8.self)
        if isWhole, let integer = Int(digits) { return .integer(integer) }
        guard let number = Double(digits), number.isFinite else {
            throw JSONValue.ParseError(description: "not valid JSON: \(digits) is out of range")
        }
        return .number(number)
    }

    private mutating func takeDigits() -> Int {
        let start = place
        while let digit = peek, Self.isDigit(digit) { place += 1 }
        return place - start
    }

    private mutating func string() throws(JSONValue.ParseError) -> String {
        place += 1
        let start = place
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { place += 1 }
        if peek == UInt8(ascii: "\"") {
            defer { place += 1 }
            return try checked(text[start..<place])
        }
        var bytes = Array(text[start..<place])
        while true {
            guard let byte = peek, byte >= 0x20 else { throw unexpected("the end of a string") }
            place += 1
            if byte == UInt8(ascii: "\"") { return try checked(bytes[...]) }
            if byte == UInt8(ascii: "\\") {
                bytes += Array(String(try escaped()).utf8)
            } else {
                bytes.append(byte)
            }
        }
    }

    private func checked(_ bytes: ArraySlice<UInt8>) throws(JSONValue.ParseError) -> String {
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw JSONValue.ParseError(description: "not valid JSON: a string before byte \(place) is not UTF-8")
        }
        return string
    }

    private mutating func escaped() throws(JSONValue.ParseError) -> Unicode.Scalar {
        let mark = peek
        place += 1
        switch mark {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var code = try codeUnit()
            if code >> 10 == 0x36, peek == UInt8(ascii: "\\") {
                place += 1
                guard peek == UInt8(ascii: "u") else { throw unexpected("the second half of a surrogate pair") }
                place += 1
                let low = try codeUnit()
                guard low >> 10 == 0x37 else { throw unexpected("the second half of a surrogate pair") }
                code = 0x10000 + (code & 0x3ff) << 10 + low & 0x3ff
            }
            guard let scalar = Unicode.Scalar(code) else { throw unexpected("a character") }
            return scalar
        default: throw unexpected("an escape")
        }
    }

    private mutating func codeUnit() throws(JSONValue.ParseError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw unexpected("a hexadecimal digit")
            }
            code = code << 4 | UInt32(digit)
            place += 1
        }
        return code
    }

    private var peek: UInt8? { place < text.count ? text[place] : nil }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { place += 1 }
    }

    private func unexpected(_ expected: String) -> JSONValue.ParseError {
        guard place < text.count else {
            return JSONValue.ParseError(description: "not valid JSON: expected \(expected), found the end of the text")
        }
        let found = text[place] >= 0x20 && text[place] < 0x7f
        let name = found ? "'\(Character(Unicode.Scalar(text[place])))'" : "the byte \(text[place])"
        return JSONValue.ParseError(description: "not valid JSON: expected \(expected) at byte \(place), found \(name)")
    }
}
