import DataSource
import Memory
import Synchronization

/// Rows of two numbers, both the row's own, that counts how often rows are read.
final class CountingSource: Source {
    let blocks: BlockTable
    let inputs = [ColumnInfo(name: "x", type: .float32, rowShape: [2])]
    let targets: [ColumnInfo] = []
    let rowsRead = Counter()

    init(rowCount: Int) { blocks = BlockTable(rowCount: rowCount, rowsPerBlock: 48) }

    func makeReader() -> any BlockReader { Reader(rowsRead) }

    /// A number that threads add to.
    final class Counter: Sendable {
        private let total = Mutex(0)
        var count: Int { total.withLock { $0 } }
        func add(_ count: Int) { total.withLock { $0 += count } }
    }

    private final class Reader: BlockReader {
        let rowsRead: Counter
        init(_ rowsRead: Counter) { self.rowsRead = rowsRead }

        func read(rows: Range<Int>, into destination: BlockDestination) {
            let floats = destination[0].bindMemory(to: Float.self)
            for (index, row) in rows.enumerated() {
                floats[2 * index] = Float(row)
                floats[2 * index + 1] = Float(row)
            }
            rowsRead.add(rows.count)
        }
    }
}
