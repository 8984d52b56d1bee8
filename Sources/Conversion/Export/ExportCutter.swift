internal import Shards

/// Cuts the columns of an export into pieces, in the order in which they are written.
///
/// All columns advance together, some rows at a time, so that what lies together in the shards is read together. The
/// order depends on the dataset and the choice of rows and columns alone.
struct ExportCutter {
    private let dataset: ShardDataset
    private let columns: [ExportColumn]
    private let rows: Range<Int>

    /// Rows by which all columns advance.
    private let strideRows: Int

    /// The next row of each column.
    private var next: [Int]
    private var place = 0
    private var end: Int

    /// Decoded bytes of a piece of lists; at least a block.
    private static let pieceBytes = 512 << 10

    /// Rows of a piece of lists: the library gets a place for each.
    private static let pieceRows = 1 << 14

    init(_ dataset: ShardDataset, _ columns: [ExportColumn], rows: Range<Int>) {
        self.dataset = dataset
        self.columns = columns
        self.rows = rows
        next = columns.map { _ in rows.lowerBound }
        strideRows = max(dataset.schema.blockRows, columns.map(\.stretchRows).max() ?? 1)
        end = rows.lowerBound
    }

    /// The next piece, or nil behind the last.
    mutating func nextPiece() throws(ShardError) -> ExportPiece? {
        while true {
            if place < columns.count, next[place] < end {
                let piece = try cut(columns[place])
                next[place] = piece.rows.upperBound
                return piece
            }
            place += 1
            guard place >= columns.count else { continue }
            guard end < rows.upperBound else { return nil }
            end = min(rows.upperBound, end + strideRows)
            place = 0
        }
    }

    private func cut(_ column: ExportColumn) throws(ShardError) -> ExportPiece {
        let first = next[place]
        let blockRows = dataset.schema.blockRows
        guard column.list != nil else {
            return ExportPiece(
                place: place, rows: first..<min(rows.upperBound, first + column.stretchRows),
                workingBytes: column.workingBytes(blockRows: blockRows))
        }
        var row = first
        var bytes = 0
        var largest = 0
        repeat {
            let (shard, block, rowInBlock) = dataset.place(ofRow: row)
            let file = try dataset.file(shard)
            // A length a row is part of the content; text gets one more byte a row instead.
            let content = Int(file.frame(block: block, column: column.number).contentBytes)
            largest = max(largest, content + Int(file.frame(block: block, column: column.number).storedBytes))
            bytes += content
            row += file.rows(ofBlock: block).count - rowInBlock
        } while row < rows.upperBound && bytes < Self.pieceBytes && row - first < Self.pieceRows
        let end = min(row, rows.upperBound)
        // Unshuffled, the values take their room again; ends of rows and the library's places take 24 bytes each. The
        // library copies the largest list twice: into its conversion buffer and into a heap.
        return ExportPiece(
            place: place, rows: first..<end, workingBytes: 2 * bytes + 4 * largest + 32 * (end - first))
    }
}
