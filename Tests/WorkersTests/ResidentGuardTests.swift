import Memory
import Testing
import Workers

@Suite struct ResidentGuardTests {
    @Test func `code that is given back comes again when it is used`() {
        let before = ProcessMemory.resident
        #expect(before.bytes > before.files && before.files > 0)
        // A cap that is always near: code is given back again and again.
        let guardian = ResidentGuard(cap: ByteCount(1))
        var total = 0
        for round in 0..<50 {
            let text = (0..<1000).map { String($0 + round) }.sorted().joined(separator: ",")
            total += text.utf8.count
        }
        withExtendedLifetime(guardian) {}
        #expect(total > 50 * 3800)
        #expect(ProcessMemory.heldBytes > 0)
        // The kernel counts pages on each processor by itself and adds them up late, and its record of the peak is made
        // at other moments than this reading: the two differ by less than a mebibyte.
        #expect(ProcessMemory.peakResidentBytes >= before.bytes - 1 << 20)
    }
}
