import DataSource
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

@Suite struct MemoryPlanTests {
    /// A run over 51 MB of rows in blocks of 64 KiB, in a process that holds 9 MiB.
    private func plan(_ cap: ByteCount?, workers: Int, held: Int = 9 << 20) throws -> MemoryPlan {
        let source = BlankSource(rowCount: 200_000)
        var demand = MemoryDemand()
        demand.parameters = 1 << 20
        demand.gradients = 1 << 20
        demand.optimizer = 2 << 20
        demand.activations = 5 << 20
        var options = BatchOptions()
        options.batchSize = 128
        options.windowBytes = 256 << 20
        options.decodeWorkers = workers
        options.epochs = 0..<3
        return try MemoryPlan.make(
            cap: cap.map { .cap($0) } ?? .none, demand: demand, source: source, validation: source, options: options,
            heldBytes: held)
    }

    /// Rows of zeros.
    private struct BlankSource: Source {
        let blocks: BlockTable
        let inputs = [ColumnInfo(name: "x", type: .float32, rowShape: [64])]
        let targets = [ColumnInfo(name: "y", type: .int32, rowShape: [])]
        let fingerprint: String? = nil

        init(rowCount: Int) { blocks = BlockTable(rowCount: rowCount, rowsPerBlock: 256) }

        private final class Reader: BlockReader {
            func read(rows: Range<Int>, into destination: BlockDestination) {
                for column in 0..<2 { destination[column].initializeMemory(as: UInt8.self, repeating: 0) }
            }
        }

        func makeReader() -> any BlockReader { Reader() }
    }

    @Test func `the accounts stay below the cap`() throws {
        for mebibytes in [60, 64, 100, 128, 512] {
            let plan = try plan(.mebibytes(mebibytes), workers: 4)
            #expect(plan.totalBytes <= mebibytes << 20)
        }
    }

    @Test func `the window does not depend on the workers`() throws {
        let windows = try [1, 2, 5, 16].map { try plan(.mebibytes(76), workers: $0).windowBytes }
        #expect(Set(windows).count == 1)
        #expect(windows[0] > 0)
    }

    @Test func `a cap that is too small is refused with the smallest that works, which works`() throws {
        let error = #expect(throws: TrainingError.self) { try plan(.mebibytes(20), workers: 2) }
        #expect(error!.kind == .configuration)
        let words = error!.description.split(whereSeparator: { " ;\n".contains($0) })
        let smallest = words.compactMap { word in word.hasSuffix("MiB") ? ByteCount(parsing: String(word)) : nil }
            .last { $0.bytes > 20 << 20 }!
        #expect(try plan(smallest, workers: 2).totalBytes <= smallest.bytes)
        #expect(throws: TrainingError.self) { try plan(ByteCount(smallest.bytes - (1 << 20)), workers: 2) }
        // What the process holds already counts, in steps.
        #expect(try plan(nil, workers: 2, held: 300 << 20).baseBytes >= 300 << 20)
        for account in ["base", "activations", "window", "queue"] { #expect(error!.description.contains(account)) }
    }
}
