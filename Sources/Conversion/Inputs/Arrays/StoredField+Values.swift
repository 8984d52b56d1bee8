internal import Codecs
internal import Shards

extension StoredField {
    /// Appends the field of `count` stored rows to `chunk`, and returns the bytes of each row of a ragged column.
    func append(
        rows source: UnsafeRawBufferPointer, count: Int, rowBytes: Int, to chunk: RowChunk, column number: Int
    ) -> [Int]? {
        switch kind {
        case .numbers(let elementSize, let isSwapped):
            let destination = chunk.extend(column: number, by: count * byteCount)
            if byteCount == rowBytes {
                destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<(count * rowBytes)]))
            } else {
                for row in 0..<count {
                    let first = row * rowBytes + offset
                    UnsafeMutableRawBufferPointer(rebasing: destination[(row * byteCount)...]).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: source[first..<first + byteCount]))
                }
            }
            if isSwapped { ByteOrder.reverse(destination, elementSize: elementSize) }
            return nil
        case .bytes:
            return (0..<count).map { row in
                let first = row * rowBytes + offset
                var end = first + byteCount
                while end > first, source[end - 1] == 0 { end -= 1 }
                chunk.append(UnsafeRawBufferPointer(rebasing: source[first..<end]), column: number)
                return end - first
            }
        case .characters(let isSwapped):
            var text: [UInt8] = []
            return (0..<count).map { row in
                let first = row * rowBytes + offset
                text.removeAll(keepingCapacity: true)
                var end = byteCount / 4
                func character(_ index: Int) -> UInt32 {
                    let value = source.loadUnaligned(fromByteOffset: first + 4 * index, as: UInt32.self)
                    return isSwapped ? value.byteSwapped : value
                }
                while end > 0, character(end - 1) == 0 { end -= 1 }
                for index in 0..<end {
                    // What is no character becomes U+FFFD, as everywhere in Unicode.
                    let scalar = Unicode.Scalar(character(index)) ?? "\u{FFFD}"
                    text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                }
                text.withUnsafeBytes { chunk.append($0, column: number) }
                return text.count
            }
        }
    }
}
