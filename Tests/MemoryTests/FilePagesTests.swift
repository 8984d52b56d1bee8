import Memory
import Testing

@Suite struct FilePagesTests {
    @Test func `code that is given back comes again when it is used`() {
        // Reading about mappings brings code in; the second time there is little of it.
        FilePages.release()
        let before = ProcessMemory.resident
        #expect(before.bytes > before.files && before.files > 0)
        for _ in 0..<20 { FilePages.release() }
        let text = (0..<1000).map(String.init).sorted().joined(separator: ",")
        #expect(text.hasPrefix("0,1,10,100,101") && text.count == 3889)
        #expect(ProcessMemory.heldBytes > 0 && ProcessMemory.peakResidentBytes >= before.bytes)
    }
}
