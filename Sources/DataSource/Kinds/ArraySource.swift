import Codecs
public import Memory
import Workers

/// Arrays in memory as a source, for data that fit and for tests.
public final class ArraySource: Source {
    private let all: [ArrayColumn]
    public let inputs: [ColumnInfo]
    public let targets: [ColumnInfo]
    public let sampleWeight: ColumnInfo?
    public let blocks: BlockTable
    public var readsSingleRows: Bool { true }
    private let hash = Monitor<String?>(nil)

    /// A hash of all bytes of all columns: some tenths of a second for a gigabyte, once, when it is asked for first.
    public var fingerprint: String? {
        hash.update { hash in
            if let hash { return hash }
            let texts = all.map { XXHash64.hash($0.bytes(of: 0..<$0.rowCount)).hexadecimal }
            hash = "arrays " + texts.joined(separator: " ")
            return hash
        }
    }

    /// Columns of equally many rows.
    ///
    /// `rowsPerBlock` is the unit of block shuffling; by default blocks of about 64 KiB.
    public init(
        inputs: [ArrayColumn], targets: [ArrayColumn] = [], sampleWeight: ArrayColumn? = nil, rowsPerBlock: Int? = nil
    ) {
        all = inputs + targets + (sampleWeight.map { [$0] } ?? [])
        let rowCount = all.first?.rowCount ?? 0
        precondition(
            all.allSatisfy { $0.rowCount == rowCount },
            "ArraySource: columns of different length: "
                + all.map { "\($0.info.name) \($0.rowCount)" }.joined(separator: ", "))
        self.inputs = inputs.map(\.info)
        self.targets = targets.map(\.info)
        self.sampleWeight = sampleWeight?.info
        let rowBytes = max(1, all.reduce(0) { $0 + $1.info.rowBytes })
        blocks = BlockTable(rowCount: rowCount, rowsPerBlock: rowsPerBlock ?? max(1, 65536 / rowBytes))
    }

    /// One input of rows of `shape`, and one number a row as the target.
    public convenience init(x: [Float], shape: Shape, y: [Int32]) {
        self.init(inputs: [ArrayColumn("x", x, rowShape: shape)], targets: [ArrayColumn("y", y)])
    }

    /// One input of rows of `shape`, and targets of rows of `targetShape`.
    public convenience init(x: [Float], shape: Shape, y: [Float], targetShape: Shape = []) {
        self.init(
            inputs: [ArrayColumn("x", x, rowShape: shape)], targets: [ArrayColumn("y", y, rowShape: targetShape)])
    }

    public func makeReader() -> any BlockReader { Reader(columns: all) }

    private final class Reader: BlockReader {
        private let columns: [ArrayColumn]

        init(columns: [ArrayColumn]) { self.columns = columns }

        func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
            for (index, column) in columns.enumerated() {
                destination[index].copyMemory(from: column.bytes(of: rows))
            }
        }
    }
}
