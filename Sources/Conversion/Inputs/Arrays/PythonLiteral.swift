/// The part of Python's literals that NumPy writes into the headers of its files.
package indirect enum PythonLiteral: Equatable, Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case string(String)
    /// A tuple or a list.
    case sequence([PythonLiteral])
    case dictionary([(String, PythonLiteral)])

    /// Text that is no such literal.
    package struct ParseError: Error { package let description: String }

    /// Reads one literal, which may be followed by white space.
    package init(parsing text: [UInt8]) throws(ParseError) {
        var parser = Parser(text: text)
        self = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.offset == text.count else { throw parser.error("the end") }
    }

    package subscript(key: String) -> PythonLiteral? {
        guard case .dictionary(let members) = self else { return nil }
        return members.first { $0.0 == key }?.1
    }

    package static func == (left: PythonLiteral, right: PythonLiteral) -> Bool {
        switch (left, right) {
        case (.none, .none): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.string(let a), .string(let b)): a == b
        case (.sequence(let a), .sequence(let b)): a == b
        case (.dictionary(let a), .dictionary(let b)): a.elementsEqual(b) { $0.0 == $1.0 && $0.1 == $1.1 }
        default: false
        }
    }

    private struct Parser {
        let text: [UInt8]
        var offset = 0

        var next: UInt8? { offset < text.count ? text[offset] : nil }

        func error(_ expected: String) -> ParseError {
            let found = next.map { "'\(Character(Unicode.Scalar($0)))'" } ?? "the end"
            return ParseError(description: "expected \(expected) at byte \(offset) of the header, found \(found)")
        }

        mutating func skipSpace() {
            while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { offset += 1 }
        }

        mutating func value(depth: Int) throws(ParseError) -> PythonLiteral {
            // Headers nest three deep; damaged ones must not use up the stack.
            guard depth < 16 else { throw error("fewer nested brackets") }
            skipSpace()
            switch next {
            case UInt8(ascii: "{"): return .dictionary(try dictionary(depth))
            case UInt8(ascii: "("): return try sequence(closing: UInt8(ascii: ")"), depth)
            case UInt8(ascii: "["): return try sequence(closing: UInt8(ascii: "]"), depth)
            case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try string())
            default: break
            }
            for (word, value) in [("True", PythonLiteral.bool(true)), ("False", .bool(false)), ("None", .none)]
            where text[offset...].starts(with: word.utf8) {
                offset += word.utf8.count
                return value
            }
            return .integer(try integer())
        }

        mutating func integer() throws(ParseError) -> Int {
            let first = offset
            if next == UInt8(ascii: "-") { offset += 1 }
            while let byte = next, (0x30...0x39).contains(byte) { offset += 1 }
            guard let value = Int(String(decoding: text[first..<offset], as: UTF8.self)) else {
                offset = first
                throw error("a value")
            }
            // Python 2 wrote long integers with a letter behind them.
            if next == UInt8(ascii: "L") { offset += 1 }
            return value
        }

        mutating func string() throws(ParseError) -> String {
            let quote = text[offset]
            offset += 1
            var bytes: [UInt8] = []
            while let byte = next, byte != quote {
                offset += 1
                guard byte == UInt8(ascii: "\\") else {
                    bytes.append(byte)
                    continue
                }
                guard let escaped = next, [quote, UInt8(ascii: "\\")].contains(escaped) else {
                    throw error("a quote or a backslash behind a backslash")
                }
                bytes.append(escaped)
                offset += 1
            }
            guard next == quote else { throw error("a closing quote") }
            offset += 1
            return String(decoding: bytes, as: UTF8.self)
        }

        mutating func sequence(closing: UInt8, _ depth: Int) throws(ParseError) -> PythonLiteral {
            offset += 1
            var elements: [PythonLiteral] = []
            while true {
                skipSpace()
                if next == closing { break }
                elements.append(try value(depth: depth + 1))
                skipSpace()
                if next == UInt8(ascii: ",") {
                    offset += 1
                } else if next != closing {
                    throw error("a comma or a closing bracket")
                }
            }
            offset += 1
            return .sequence(elements)
        }

        mutating func dictionary(_ depth: Int) throws(ParseError) -> [(String, PythonLiteral)] {
            offset += 1
            var members: [(String, PythonLiteral)] = []
            while true {
                skipSpace()
                if next == UInt8(ascii: "}") { break }
                guard next == UInt8(ascii: "'") || next == UInt8(ascii: "\"") else { throw error("a key") }
                let key = try string()
                skipSpace()
                guard next == UInt8(ascii: ":") else { throw error("a colon") }
                offset += 1
                members.append((key, try value(depth: depth + 1)))
                skipSpace()
                if next == UInt8(ascii: ",") {
                    offset += 1
                } else if next != UInt8(ascii: "}") {
                    throw error("a comma or a closing brace")
                }
            }
            offset += 1
            return members
        }
    }
}
