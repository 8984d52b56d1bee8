import Report
import Testing

@Suite struct EscapingTests {
    @Test func `markup in a text is text`() {
        #expect("<b a=\"1\" c='2'>&amp;".escaped == "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;")
        #expect("Zürich ☃ 𝄞 e\u{301}".escaped == "Zürich ☃ 𝄞 e\u{301}")
    }

    @Test func `characters that XML has no place for are replaced`() {
        #expect("a\u{0}b\u{1b}c\u{7f}d\u{FFFE}e\tf\n".escaped == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\tf\n")
    }
}
