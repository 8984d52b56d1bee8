internal import DataSource
internal import HDF5Store
internal import Memory
internal import Shards

/// Reads blocks of an `HDF5Input`: the decoders of one worker.
final class HDF5PieceReader: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: taken out of a pool by one thread, and given back when it is done.
    private let numbers: HDF5Source?
    private let numberColumns: [Int]
    private let ragged: HDF5RaggedColumns?
    private let raggedPlaces: [Int: Int]
    private let reader: (any BlockReader)?
    private var scratch = AlignedBuffer(byteCount: 0)

    init(_ numbers: HDF5Source?, _ numberColumns: [Int], _ ragged: HDF5RaggedColumns?, _ columns: [ShardColumn]) {
        self.numbers = numbers
        self.numberColumns = numberColumns
        self.ragged = ragged
        reader = numbers?.makeReader()
        // The place of each ragged column among the lengths that `RowChunk.endRows` takes.
        let places = columns.indices.filter { columns[$0].isRagged }
        raggedPlaces = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
    }

    /// Reads rows of one block. A chunk that does not decode costs its rows, other errors are thrown.
    func read(_ block: Range<Int>, into rows: RowChunk, rejected: inout [RejectedRow]) throws(DataError) {
        do throws(DataError) {
            var lengths = [[Int]](repeating: [], count: raggedPlaces.count)
            // Lists first: they can fail in the middle of their rows, and are taken back then.
            if let ragged {
                try ragged.read(block, into: rows) { place, length in
                    lengths[raggedPlaces[place] ?? 0].append(length)
                }
            }
            if let numbers, let reader {
                try numbers.read(rows: block, with: reader, scratch: &scratch) { column, bytes in
                    rows.append(bytes, column: numberColumns[column])
                }
            }
            rows.endRows(block.count, lengths: lengths)
        } catch {
            rows.dropRow()
            guard (error.underlying as? HDF5Error)?.kind == .corrupt else { throw error }
            let reason = (error.dataset.map { "\($0): " } ?? "") + error.message
            for row in block {
                let location = numbers?.location(ofRow: row) ?? ragged?.location(ofRow: row) ?? RowLocation(row: row)
                rejected.append(
                    RejectedRow(file: location.file ?? "", place: "row \(location.row)", reason: reason))
            }
        }
    }
}
