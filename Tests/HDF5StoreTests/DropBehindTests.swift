import Files
import Testing

@Suite struct DropBehindTests {
    @Test func `a page is kept until all of it was used`() {
        var state = DropBehind(byteCount: 4 * 4096, pageSize: 4096)
        #expect(state.use(0..<4106) == [0..<4096])
        #expect(state.use(4106..<8191) == [])
        #expect(state.use(8191..<12_289) == [4096..<8192, 8192..<12_288])
        #expect(state.use(12_289..<16_384) == [12_288..<16_384])
    }

    @Test func `parts of one page add up in any order`() {
        var state = DropBehind(byteCount: 1 << 20, pageSize: 4096)
        for start in [3000, 0, 1000] { #expect(state.use(start..<(start + 1000)) == []) }
        #expect(state.use(4000..<4096) == [])
        #expect(state.use(2000..<3000) == [0..<4096])
    }

    @Test func `the last page of a file is shorter`() {
        var state = DropBehind(byteCount: 10_000, pageSize: 4096)
        #expect(state.use(8192..<10_000) == [8192..<12_288])
        #expect(state.use(8192..<9000) == [])
        #expect(state.use(9000..<20_000) == [8192..<12_288])
        #expect(state.use(20_000..<30_000) == [])
    }

    @Test func `what is remembered is bounded`() {
        let pages = 1 << 16
        var state = DropBehind(byteCount: pages * 4096, pageSize: 4096)
        var dropped = 0
        for page in 0..<pages { dropped += state.use((page * 4096)..<(page * 4096 + 1)).count }
        // Every page was used in part; those that found no room are dropped early, each once.
        #expect(dropped == pages - 16_384)
    }
}
