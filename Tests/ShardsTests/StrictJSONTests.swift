import JSONText
import Testing

struct `Strict JSON` {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(strict: Array(text.utf8)) }

    @Test func `values keep their order and their kind`() throws {
        let text = #"{"b":[1,-2,3.0,1e3,-0.0],"a":{"z":null,"y":true,"x":false},"s":"\"\\\/\b\f\n\r\té😀\ud83d\ude00"}"#
        let value = try parse(text)
        #expect(value.members?.map(\.key) == ["b", "a", "s"])
        #expect(value["b"] == .array([.integer(1), .integer(-2), .number(3), .number(1000), .number(-0.0)]))
        #expect(value["s"] == .string("\"\\/\u{8}\u{c}\n\r\té😀😀"))
        #expect(try parse(value.text()) == value)
        #expect(try parse(" [ ] ") == .array([]))
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("9223372036854775808") == .number(0x1p63))
    }

    @Test(arguments: [
        "", "{", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{a:1}", "01", "1.", ".5", "1e", "+1",
        "-",
        "nul", "NaN", "Infinity", "1e999", "\"", "\"\n\"", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "[1]]", "1 2", "\u{0}",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(throws: JSONValue.ParseError.self) { try parse(text) }
    }

    @Test func `bytes that are no text and deep nesting are refused`() throws {
        #expect(throws: JSONValue.ParseError.self) { try JSONValue(strict: [0x22, 0xff, 0x22]) }
        #expect(throws: JSONValue.ParseError.self) { try parse(String(repeating: "[", count: 100_000)) }
        #expect(try parse(String(repeating: "[", count: 60) + String(repeating: "]", count: 60)).arrayValue?.count == 1)
    }

    @Test func `numbers come back exactly`() throws {
        for value in [0.1, 1 / 3.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0, 1e23, 123_456_789.123] {
            #expect(try parse(JSONValue.number(value).text()) == .number(value))
        }
    }
}
