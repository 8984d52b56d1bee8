internal import DataSource

/// Samples until they are a mebibyte, or so many. Positions are shard, sample and the offset of its bytes.
final class MDSCutter: PieceCutter {
    private let shards: [MDSIndex.Shard]
    private var number: Int
    private var sample: Int
    private let mostRows: Int
    private var reader: MDSShardReader?

    init(_ shards: [MDSIndex.Shard], at position: PiecePosition?, mostRows: Int) {
        self.mostRows = min(mostRows, mostPieceRows)
        self.shards = shards
        number = position?[0] ?? 0
        sample = position?[1] ?? 0
    }

    func next() throws(DataError) -> InputPiece? {
        while number < shards.count {
            let reader: MDSShardReader
            if let begun = self.reader {
                reader = begun
            } else {
                reader = try MDSShardReader(shards[number], verifies: true)
            }
            self.reader = reader
            let shard = shards[number]
            guard sample < shard.sampleCount else {
                try reader.finish()
                self.reader = nil
                number += 1
                sample = 0
                continue
            }
            let first = sample
            let start = reader.offsets[first]
            repeat {
                sample += 1
            } while sample < shard.sampleCount && sample - first < mostRows
                && reader.offsets[sample + 1] - start <= pieceBytes
            let bytes = reader.offsets[sample] - start
            var piece = InputPiece(
                position: [number, first, start], extent: (first...sample).map { reader.offsets[$0] - start },
                rowCount: sample - first,
                inputBytes: Int(Double(shard.file.byteCount) * Double(sample - first) / Double(shard.sampleCount)),
                workingBytes: 2 * bytes + 16 * (sample - first))
            if shard.isCompressed { piece.content = try reader.read(first..<sample) }
            return piece
        }
        return nil
    }
}
