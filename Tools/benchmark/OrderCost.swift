import ArgumentParser
import Millrace

/// How long it takes to find a far position of an epoch's order, and how good the orders are.
struct OrderCost: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "order",
        abstract: "Measures reaching a position without data, and χ²/df of each shuffle policy on class-sorted rows.")

    @Option(help: "Samples of the epoch.") var rows = 1_000_000_000
    @Option(help: "Rows of a block.") var blockRows = 64
    @Option(help: "Rows in the window.") var windowRows = 10_240

    /// Rows of one byte that nobody reads.
    private struct Rows: Source {
        let inputs = [ColumnInfo(name: "x", type: .uint8, rowShape: [64])]
        let targets: [ColumnInfo] = []
        let blocks: BlockTable
        func makeReader() -> any BlockReader { Reader() }

        final class Reader: BlockReader {
            func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {}
        }
    }

    func run() throws {
        let far = Rows(blocks: BlockTable(rowCount: rows, rowsPerBlock: blockRows))
        let near = Rows(blocks: BlockTable(rowCount: 1 << 20, rowsPerBlock: blockRows))
        for policy in ShufflePolicy.allCases {
            var options = BatchOptions()
            options.batchSize = 256
            options.shuffle = policy
            options.windowBytes = windowRows * 64
            let begin = ContinuousClock.now
            let row = BatchStream.row(of: far, options: options, epoch: 0, position: rows - 1)
            let seconds = begin.duration(to: .now) / .seconds(1)
            let quality = ShuffleQuality.chiSquaredPerDegree(of: near, options: options)
            print(
                "\(policy): position \(rows - 1) is row \(row), found in \(Double(Int(seconds * 1000)) / 1000) s; "
                    + "χ²/df \(Double(Int(quality * 1000)) / 1000) on 2^20 rows in blocks of \(blockRows), batch 256")
        }
    }
}
