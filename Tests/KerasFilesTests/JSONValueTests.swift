import JSONText
import Testing

@Suite struct JSONValueTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test(arguments: [
        "null", "true", "false", "0", "-7", "9223372036854775807", "0.5", "-1.25e-30", "\"\"", "\"text\"", "[]", "{}",
        "[1,[2,{\"a\":null}]]", "{\"a\":1,\"b\":[true,\"x\"]}",
    ])
    func `what is written reads back as the same`(_ text: String) throws {
        let value = try parse(text)
        #expect(try parse(value.text()) == value)
        #expect(try parse(value.text(spaced: true)) == value)
    }

    @Test func `keys are written in their order`() {
        let value = JSONValue.object(["b": .integer(1), "a": .integer(2), "c": .object(["z": .null, "y": .null])])
        #expect(value.text() == #"{"b":1,"a":2,"c":{"z":null,"y":null}}"#)
        #expect(value.text(spaced: true) == #"{"b": 1, "a": 2, "c": {"z": null, "y": null}}"#)
    }

    @Test func `keys are read in the order of the text`() throws {
        let text = #"{"b":1,"a":{"z":null,"y":[{"d":1,"c":2}]},"B":3}"#
        #expect(try parse(text).text() == text)
        #expect(try parse(text).members?.map(\.key) == ["b", "a", "B"])
    }

    @Test func `models within models are read, and what is nested without end is refused`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try parse(nested(500)).text() == nested(500))
        #expect(throws: JSONValue.ParseError.self) { try parse(nested(100_000)) }
        #expect(throws: JSONValue.ParseError.self) { try parse(#"{"a":1,"a":2}"#) }
    }

    @Test func `floats keep their point, integers have none`() {
        #expect(JSONValue.number(1).text() == "1.0")
        #expect(JSONValue.number(-0.001).text() == "-0.001")
        #expect(JSONValue.number(1e300).text() == "1e+300")
        #expect(JSONValue.integer(1).text() == "1")
    }

    @Test func `a float has a point in Swift and in JSON, both ways`() throws {
        for value in [0.1, 1.0 / 3, 1e-7, 123456.789, .leastNonzeroMagnitude, .greatestFiniteMagnitude] {
            #expect(try parse(JSONValue.number(value).text()).doubleValue == value)
        }
    }

    @Test func `numbers that JSON does not know are written as Python does`() {
        #expect(JSONValue.number(.nan).text() == "NaN")
        #expect(JSONValue.number(.infinity).text() == "Infinity")
        #expect(JSONValue.number(-.infinity).text() == "-Infinity")
    }

    @Test func `escapes`() throws {
        let text = "quote \" backslash \\ newline \n return \r tab \t bell \u{7} nul \u{0} é 漢 😀 /"
        let written = JSONValue.string(text).text()
        #expect(written.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        #expect(try parse(written).stringValue == text)
        #expect(JSONValue.string("\u{7}").text() == #""\u0007""#)
        #expect(JSONValue.object(["a\"b": .null]).text() == #"{"a\"b":null}"#)
        #expect(try parse(#""\u00e9\ud83d\ude00\/""#).stringValue == "é😀/")
    }

    @Test(arguments: ["", "{", "[1,", "nul", "{\"a\"}", "\"open", "01", "[1 2]", "{'a':1}", "\"\u{1}\""])
    func `text that is not JSON`(_ text: String) {
        #expect(throws: JSONValue.ParseError.self) { try parse(text) }
    }

    @Test func `numbers as wholes and as fractions`() throws {
        #expect(try parse("3").integerValue == 3)
        #expect(try parse("3").doubleValue == 3)
        #expect(try parse("3.0").integerValue == 3)
        #expect(try parse("3.5").integerValue == nil)
        #expect(JSONValue.number(1e30).integerValue == nil)
        #expect(JSONValue.bool(true).integerValue == nil)
        #expect(try parse("1")["a"] == nil)
        #expect(try parse("true") == .bool(true))
        #expect(try parse("1") == .integer(1))
    }
}
