import Memory
import Testing

@Suite struct MemoryLedgerTests {
    @Test func `granted and released bytes balance, and the peak stays`() {
        let ledger = MemoryLedger()
        ledger.grant(100, to: .window)
        ledger.grant(50, to: .queue)
        ledger.release(60, from: .window)
        #expect(ledger.granted(to: .window) == 40)
        #expect(ledger.peak(of: .window) == 100)
        #expect(ledger.total == 90)
    }

    @Test func `releasing more than was granted traps`() async {
        await #expect(processExitsWith: .failure) { MemoryLedger().release(1, from: .decode) }
    }
}

@Suite struct ByteCountTests {
    @Test(arguments: [
        ("512MiB", 512 << 20), ("2GiB", 2 << 30), ("1.5GB", 1_500_000_000), ("65536", 65536), ("64k", 65536),
        ("1 MiB", 1 << 20),
    ])
    func `sizes are read as users write them`(_ text: String, bytes: Int) {
        #expect(ByteCount(parsing: text)?.bytes == bytes)
    }

    @Test(arguments: ["", "MiB", "-5MB", "12XB", "1e3", "99999999999GiB", "5 0"])
    func `other sizes are refused`(_ text: String) { #expect(ByteCount(parsing: text) == nil) }

    @Test func `sizes are printed with one decimal`() {
        #expect(ByteCount(100).description == "100 B")
        #expect(ByteCount(1536).description == "1.5 KiB")
        #expect(ByteCount.mebibytes(192).description == "192.0 MiB")
    }
}

@Suite struct AlignedBufferTests {
    @Test(arguments: [0, 1, 63, 64, 4097, 1 << 20, (1 << 20) + 5])
    func `buffers are aligned, zeroed and writable to the end`(_ count: Int) {
        let buffer = AlignedBuffer(byteCount: count)
        #expect(Int(bitPattern: buffer.address) % 64 == 0)
        #expect(buffer.bytes.allSatisfy { $0 == 0 })
        if count > 0 { buffer.bytes[count - 1] = 7 }
    }
}
