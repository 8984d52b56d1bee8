internal import Codecs
internal import DataSource

/// Cuts arrays into pieces of a mebibyte, reads those that are streams, and verifies checksums on the way.
final class ArrayCutter: PieceCutter {
    private let arrays: [StoredRows]
    private let rowCount: Int
    private let rowsPerPiece: Int
    private let rowBytes: Int
    private var nextRow: Int
    private var streams: [(number: Int, bytes: SequentialBytes, hash: StreamHash?)] = []

    init(_ arrays: [StoredRows], rowCount: Int, first: Int) throws(DataError) {
        self.arrays = arrays
        self.rowCount = rowCount
        nextRow = first
        rowBytes = arrays.reduce(0) { $0 + $1.rowBytes }
        // Column-major rows are gathered from runs, which should not be short.
        let target = arrays.contains { $0.access == .directColumnMajor } ? 16 * pieceBytes : pieceBytes
        rowsPerPiece = max(1, target / rowBytes)
        for (number, array) in arrays.enumerated() where !array.isDirect || array.checksum != nil {
            let hash = array.checksum == nil ? nil : StreamHash(.crc32)
            streams.append((number, try array.makeStream(), hash))
            try pass(array.headerBytes, of: streams.count - 1)
            try pass(first * array.rowBytes, of: streams.count - 1)
        }
    }

    func next() throws(DataError) -> InputPiece? {
        guard nextRow < rowCount else { return nil }
        let rows = nextRow..<min(rowCount, nextRow + rowsPerPiece)
        var content: [UInt8] = []
        for (index, stream) in streams.enumerated() {
            let array = arrays[stream.number]
            let byteCount = rows.count * array.rowBytes
            if array.isDirect {
                try pass(byteCount, of: index)
            } else {
                let first = content.count
                guard try stream.bytes.append(byteCount, to: &content) == byteCount else {
                    throw truncated(array, content.count - first, of: byteCount, at: rows.lowerBound)
                }
                content.withUnsafeBytes { stream.hash?.add(UnsafeRawBufferPointer(rebasing: $0[first...])) }
            }
            if rows.upperBound == rowCount { try finish(stream, array) }
        }
        nextRow = rows.upperBound
        var piece = InputPiece(
            position: [rows.lowerBound], extent: [rows.upperBound],
            inputBytes: arrays.reduce(0) {
                $0 + Int(Double($1.range.count) * Double(rows.count) / Double(rowCount))
            }, workingBytes: 2 * rows.count * rowBytes + content.count)
        piece.content = content
        return piece
    }

    // Reads over bytes for their checksum, or only past them.
    private func pass(_ byteCount: Int, of index: Int) throws(DataError) {
        let stream = streams[index]
        var left = byteCount
        while left > 0 {
            var found: Int
            if let hash = stream.hash {
                let bytes = try stream.bytes.next(min(left, 1 << 18))
                bytes.withUnsafeBytes { hash.add($0) }
                found = bytes.count
            } else {
                found = try stream.bytes.skip(left)
            }
            guard found > 0 else {
                throw truncated(arrays[stream.number], byteCount - left, of: byteCount, at: nextRow)
            }
            left -= found
        }
    }

    private func finish(
        _ stream: (number: Int, bytes: SequentialBytes, hash: StreamHash?), _ array: StoredRows
    ) throws(DataError) {
        // Reading on makes the decoder verify what stands at the end of its data.
        guard try stream.bytes.next(1).isEmpty else {
            throw array.error("too long: expected nothing behind its \(rowCount) rows, found more")
        }
        guard let hash = stream.hash, let checksum = array.checksum else { return }
        let found = hash.digits()
        let digits = String(checksum, radix: 16)
        let expected = String(repeating: "0", count: 8 - digits.count) + digits
        guard found == expected else {
            throw array.error("damaged: its CRC-32 is \(found), expected \(expected); copy the file again")
        }
    }

    private func truncated(_ array: StoredRows, _ found: Int, of expected: Int, at row: Int) -> DataError {
        array.error("truncated: expected \(expected) more bytes at row \(row), found \(found)")
    }
}
