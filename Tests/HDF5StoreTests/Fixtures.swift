import HDF5Store
import Memory

/// The small files of `fixtures/hdf5`, whose contents are given by formulae (see the README there).
enum Fixtures {
    static let directory =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/") + "/fixtures/hdf5/"

    /// b = (i * 7 + j * 3) % 251
    static func base(_ row: Int, _ column: Int) -> Int { (row * 7 + column * 3) % 251 }

    /// The value of a type at a place, as a Double, which holds all of them exactly.
    static func value(_ type: ScalarType, _ row: Int, _ column: Int) -> Double {
        let b = Double(base(row, column))
        return switch type {
        case .uint8: b
        case .int8: b - 125
        case .int16, .int32: (b - 125) * 100
        case .int64: (b - 125) * 0x1p33
        case .uint16: b * 257
        case .uint32: b * 0x1p24
        case .uint64: b * 0x1p56
        case .float16, .bfloat16, .float32, .float64: (b - 125) / 8
        case .bool: base(row, column) % 2 == 1 ? 1 : 0
        }
    }

    /// All rows of a dataset in pieces of `step` rows, as Doubles.
    static func read(
        _ dataset: HDF5Dataset, step: Int, cache: DecodedChunkCache? = nil
    ) throws(HDF5Error) -> [Double] {
        guard let type = dataset.type.scalar else { return [] }
        var reader = HDF5RowReader(dataset, cache: cache)
        var values: [Double] = []
        var first = 0
        while first < dataset.rowCount {
            let rows = first..<min(first + step, dataset.rowCount)
            let buffer = AlignedBuffer(byteCount: rows.count * dataset.rowBytes)
            try reader.read(rows: rows, into: buffer.bytes)
            values += doubles(UnsafeRawBufferPointer(buffer.bytes), type)
            first = rows.upperBound
        }
        return values
    }

    private static func doubles(_ bytes: UnsafeRawBufferPointer, _ type: ScalarType) -> [Double] {
        func all<T: BinaryInteger>(_: T.Type) -> [Double] { bytes.bindMemory(to: T.self).map { Double($0) } }
        switch type {
        case .uint8, .bool: return all(UInt8.self)
        case .int8: return all(Int8.self)
        case .uint16: return all(UInt16.self)
        case .int16: return all(Int16.self)
        case .uint32: return all(UInt32.self)
        case .int32: return all(Int32.self)
        case .uint64: return all(UInt64.self)
        case .int64: return all(Int64.self)
        case .float32: return bytes.bindMemory(to: Float.self).map { Double($0) }
        case .float64: return Array(bytes.bindMemory(to: Double.self))
        case .bfloat16:
            return bytes.bindMemory(to: UInt16.self).map { Double(Float(bitPattern: UInt32($0) << 16)) }
        case .float16:
            return bytes.bindMemory(to: UInt16.self).map { half in
                let exponent = Int(half >> 10 & 31)
                let fraction = Double(half & 1023)
                let size = exponent == 0 ? fraction * 0x1p-24 : (1 + fraction / 1024) * power(exponent - 15)
                return half >> 15 == 1 ? -size : size
            }
        }
    }

    private static func power(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }
}
