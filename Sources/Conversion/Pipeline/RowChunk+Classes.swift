internal import Memory
internal import Shards

extension RowChunk {
    /// The values of rows of a column that has one whole number or truth value a row.
    func integers(_ rows: Range<Int>, column: Int) -> [Int] {
        let info = columns[column]
        let bytes = UnsafeRawBufferPointer(
            rebasing: values[column].bytes.bytes[range(ofRows: rows, column: column)])
        func numbers<Number: FixedWidthInteger>(_ type: Number.Type) -> [Int] {
            rows.indices.map { index in
                let place = (index - rows.lowerBound) * info.itemBytes
                return Int(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
            }
        }
        switch info.type {
        case .uint8, .bool: return numbers(UInt8.self)
        case .int8: return numbers(Int8.self)
        case .uint16: return numbers(UInt16.self)
        case .int16: return numbers(Int16.self)
        case .uint32: return numbers(UInt32.self)
        case .int32: return numbers(Int32.self)
        case .uint64: return numbers(UInt64.self)
        case .int64: return numbers(Int64.self)
        case .float16, .bfloat16, .float32, .float64:
            preconditionFailure("RowChunk: column \(info.name) of \(info.type) has no classes")
        }
    }
}
