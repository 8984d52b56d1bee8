import DataSource
import HDF5Store
import Memory
import Testing

/// What must not grow with the data, looked at where they are large.
@Suite struct ScaleTests {
    /// 10^9 rows that nobody may read.
    private struct BlankSource: Source {
        let inputs = [ColumnInfo(name: "x", type: .uint8, rowShape: [])]
        let targets: [ColumnInfo] = []
        let blocks = BlockTable(rowCount: 1_000_000_000, rowsPerBlock: 1000)

        func makeReader() -> any BlockReader { preconditionFailure("the blank source was read") }
    }

    private func row(_ policy: ShufflePolicy, _ position: Int, epoch: Int = 3) -> Int {
        var options = BatchOptions()
        options.shuffle = policy
        options.seed = 5
        return BatchStream.row(of: BlankSource(), options: options, epoch: epoch, position: position)
    }

    @Test func `the last of 10^9 samples is found without reading`() {
        let last = 999_999_999
        #expect(row(.none, last) == last && row(.none, 123_456_789) == 123_456_789)
        // The last of the blocks of 1000 rows, which come in random order.
        let block = stride(from: 999_999_000, to: 1_000_000_000, by: 111).map { row(.block, $0) }
        #expect(Set(block).count == 10 && Set(block.map { $0 / 1000 }).count == 1)
        #expect(row(.block, last, epoch: 4) / 1000 != block[0] / 1000)
    }

    @Test func `a thousand neighbours of 10^9 exact samples lie all over the data`() {
        let rows = (0..<1000).map { row(.exact, 999_999_000 + $0) }
        #expect(Set(rows).count == 1000 && rows.allSatisfy { (0..<1_000_000_000).contains($0) })
        let tenths = Set(rows.map { $0 / 100_000_000 })
        #expect(tenths.count == 10)
        #expect(rows != (0..<1000).map { row(.exact, 999_999_000 + $0, epoch: 4) })
    }

    @Test func `a table of 10^6 chunks takes 16 bytes a chunk`() async {
        // A process of its own: other tests take memory, too.
        await #expect(processExitsWith: .success) {
            let file = try HDF5File(path: Fixtures.hdf5("special/million-chunks"))
            let before = ProcessMemory.residentBytes
            let dataset = try file.dataset("x")
            let taken = ProcessMemory.residentBytes - before
            guard dataset.chunkCount == 1_000_000, dataset.rowCount == 1_000_000 else { fatalError("another file") }
            guard taken > 12_000_000, taken < 24_000_000 else { fatalError("\(taken) bytes for 1,000,000 chunks") }
            // Nothing of it is read: every chunk is the fill value.
            guard dataset.storedRanges(of: 0..<1_000_000).isEmpty else { fatalError("chunks that were never written") }
        }
    }
}
