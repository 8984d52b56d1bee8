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

    /// 10^9 rows, each of which holds its number.
    private struct NumberSource: Source {
        let inputs = [ColumnInfo(name: "x", type: .int32, rowShape: [], conversion: .cast(.int32))]
        let targets: [ColumnInfo] = []
        let blocks: BlockTable

        init(rowCount: Int = 1_000_000_000) { blocks = BlockTable(rowCount: rowCount, rowsPerBlock: 1000) }

        func makeReader() -> any BlockReader { Reader() }

        private final class Reader: BlockReader {
            func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
                let values = destination[0].bindMemory(to: Int32.self)
                for (place, row) in rows.enumerated() { values[place] = Int32(row) }
            }
        }
    }

    /// Batches of 1000 samples, drawn from about `blocks` blocks of 1000 rows of `NumberSource`.
    private static func options(blocks: Int) -> BatchOptions {
        var options = BatchOptions()
        options.batchSize = 1000
        options.shuffle = .window
        options.windowBytes = blocks * 4096
        options.seed = 5
        return options
    }

    /// A stream that goes on at a sample, as if another had been there.
    private static func stream(
        _ source: NumberSource, _ options: BatchOptions, at sample: Int
    ) throws -> BatchStream {
        let start = try BatchStream(source, options: options).state.json
        let state = try StreamState(json: start.replacing("\"sample\":0", with: "\"sample\":\(sample)"))
        return try BatchStream(source, options: options, resumingAt: state)
    }

    /// The rows of the next batch, which must be what the batch holds.
    private static func rows(_ stream: BatchStream) throws -> [Int] {
        let batch = try take(stream)
        let rows = Array(batch.rows)
        guard rows == batch.inputs[0].integers.map({ Int($0) }) else { throw DataError("other values than the rows'") }
        return rows
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

    @Test func `a window of 10^6 rows goes on at the end of 10^9 samples, in memory for the window alone`() async {
        // A process of its own: other tests take memory, too.
        await #expect(processExitsWith: .success) {
            let source = NumberSource()
            let before = ProcessMemory.peakResidentBytes
            let stream = try Self.stream(source, Self.options(blocks: 1000), at: 999_998_000)
            let (first, last) = (try Self.rows(stream), try Self.rows(stream))
            let taken = ProcessMemory.peakResidentBytes - before
            guard Set(first + last).count == 2000, (first + last).allSatisfy((0..<1_000_000_000).contains) else {
                fatalError("rows that are none, or come twice")
            }
            // What is left at the end is drawn from the last live blocks.
            let blocks = Set((first + last).map { $0 / 1000 })
            guard blocks.count > 250, blocks.count <= 1000 else { fatalError("rows of \(blocks.count) blocks") }
            // The window is 4 MB; the rest are queue, threads and what the walk keeps of each live block.
            guard taken < 24_000_000 else { fatalError("\(taken) bytes were taken") }
        }
    }

    @Test func `in a smaller table far positions are those that are stepped to`() throws {
        let source = NumberSource(rowCount: 200_000)
        let options = Self.options(blocks: 50)
        let whole = try BatchStream(source, options: options)
        var stepped: [Int] = []
        while stepped.count < 200_000 { stepped += try Self.rows(whole) }
        #expect(Set(stepped) == Set(0..<200_000) && stepped != Array(0..<200_000))
        for sample in stride(from: 0, to: 200_000, by: 33_000) + [199_000] {
            #expect(try Self.rows(Self.stream(source, options, at: sample)) == Array(stepped[sample..<sample + 1000]))
            for position in [sample, sample + 1, sample + 999] {
                let row = BatchStream.row(of: source, options: options, epoch: 0, position: position)
                #expect(row == stepped[position])
            }
        }
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
