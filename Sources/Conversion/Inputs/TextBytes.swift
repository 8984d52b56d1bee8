internal import Shards

/// Text columns hold UTF-8, which is what every reader of them takes their bytes for.
enum TextBytes {
    /// What is wrong with bytes that are to be text; nil for UTF-8.
    static func flaw(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard let first = bytes.firstIndex(where: { $0 > 0x7f }) else { return nil }
        var place = first
        while place < bytes.count {
            guard let length = length(bytes, at: place) else {
                let digits = String(bytes[place], radix: 16)
                return
                    "expected text in UTF-8, found the byte 0x\(digits) at offset \(place); convert it, for example with "
                    + "iconv -f latin1 -t utf-8"
            }
            place += length
        }
        return nil
    }

    // Bytes of the character at a place (Unicode, table 3-7); nil where there is none.
    private static func length(_ bytes: UnsafeRawBufferPointer, at place: Int) -> Int? {
        let lead = bytes[place]
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0...0x7f: (1, 0...0)
            case 0xc2...0xdf: (2, 0x80...0xbf)
            case 0xe0: (3, 0xa0...0xbf)
            case 0xed: (3, 0x80...0x9f)
            case 0xe1...0xef: (3, 0x80...0xbf)
            case 0xf0: (4, 0x90...0xbf)
            case 0xf1...0xf3: (4, 0x80...0xbf)
            case 0xf4: (4, 0x80...0x8f)
            default: (0, 0...0)
            }
        guard length > 0, place + length <= bytes.count else { return nil }
        for index in 1..<max(1, length) where !(index == 1 ? second : 0x80...0xbf).contains(bytes[place + index]) {
            return nil
        }
        return length
    }
}

extension RowChunk {
    /// Adds the rows of another chunk with the same columns, but for those whose text is not UTF-8: of these `reject` is
    /// told the row, the column and what is wrong.
    func append(checked other: RowChunk, reject: (_ row: Int, _ column: Int, _ reason: String) -> Void) {
        let texts = columns.indices.filter { columns[$0].encoding == .text }
        var first = 0
        for row in 0..<other.rowCount {
            for column in texts {
                guard let reason = TextBytes.flaw(other[row, column]) else { continue }
                append(rows: first..<row, of: other)
                first = row + 1
                reject(row, column, "\(columns[column].name): \(reason)")
                break
            }
        }
        append(rows: first..<other.rowCount, of: other)
    }
}
