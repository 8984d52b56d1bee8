import Conversion
import Testing

@Suite struct InputPathsTests {
    @Test func `braces stand for numbers of one width, for words, and for all pairs`() throws {
        #expect(try InputPaths.braces("a-{008..011}.tar") == ["a-008.tar", "a-009.tar", "a-010.tar", "a-011.tar"])
        #expect(try InputPaths.braces("{a,b}-{1..2}") == ["a-1", "a-2", "b-1", "b-2"])
        #expect(try InputPaths.braces("plain{.tar") == ["plain{.tar"])
        #expect(try InputPaths.braces("odd{x}.tar") == ["odd{x}.tar"])
    }

    @Test func `numbers that descend or are too many are errors`() {
        #expect(throws: (any Error).self) { try InputPaths.braces("{5..1}") }
        #expect(throws: (any Error).self) { try InputPaths.braces("{0..99999999999}") }
        #expect(throws: (any Error).self) { try InputPaths.braces("{0..9999}{0..9999}") }
    }
}
