import CKernels
import Memory
internal import Shards

/// Which value it was that did not fit: found after the fact, so that the hot loops only count.
extension BatchLayout {
    /// The first stored value that a conversion refused.
    struct BadValue {
        /// The row's index among those that were converted.
        var index: Int

        /// The column's index.
        var column: Int

        /// The value as text.
        var value: String
    }

    /// The first of the rows with a value that does not fit, or nil.
    func badValue(column index: Int, rows: UnsafePointer<UnsafeRawPointer?>, count: Int) -> BadValue? {
        let column = columns[index]
        return withUnsafeTemporaryAllocation(byteCount: column.rowBytes + 1, alignment: 64) { scratch in
            guard let target = scratch.baseAddress else { return nil }
            for row in 0..<count where convert(column, rows: rows + row, count: 1, into: target) > 0 {
                return BadValue(index: row, column: index, value: text(ofBadValueIn: rows[row], column))
            }
            return nil
        }
    }

    /// The error of a value that did not fit, in row `row` of the dataset.
    func error(_ bad: BadValue, row: Int, at location: RowLocation) -> DataError {
        let column = columns[bad.column].stored
        let message =
            switch column.conversion {
            case .oneHot(let classes):
                "expected a class number from 0 to \(classes - 1) to make one-hot, found \(bad.value)"
            case .sparse: "expected numbers, the largest of which is the class, found \(bad.value)"
            case .identity, .scale, .cast:
                "expected a whole number that fits int32, found \(bad.value) of type \(column.type);"
                    + " float32 holds other numbers"
            }
        return DataError(
            file: location.file, dataset: column.name, rows: row..<row + 1,
            fileRows: location.file == nil ? nil : location.row..<location.row + 1, message)
    }

    private func text(ofBadValueIn row: UnsafeRawPointer?, _ column: Column) -> String {
        guard let row else { return "nothing" }
        for element in 0..<column.elements {
            let address = row + element * column.stored.type.byteCount
            if isBad(address, column) { return Self.text(of: address, column.stored.type) }
        }
        return "an unknown value"
    }

    private func isBad(_ address: UnsafeRawPointer, _ column: Column) -> Bool {
        var pointer: UnsafeRawPointer? = address
        var integer: Int32 = 0
        switch column.stored.conversion {
        case .oneHot(let classes):
            return withUnsafeTemporaryAllocation(of: Float.self, capacity: classes) { scratch in
                millrace_one_hot_f32(column.kernelType, &pointer, 1, 1, classes, scratch.baseAddress) > 0
            }
        case .sparse: return millrace_largest_i32(column.kernelType, &pointer, 1, 1, 1, &integer) > 0
        case .identity, .scale, .cast: return millrace_gather_i32(column.kernelType, &pointer, 1, 1, &integer) > 0
        }
    }

    /// A stored value as text.
    private static func text(of address: UnsafeRawPointer, _ type: ScalarType) -> String {
        switch type {
        case .uint8: return "\(address.loadUnaligned(as: UInt8.self))"
        case .int8: return "\(address.loadUnaligned(as: Int8.self))"
        case .uint16: return "\(address.loadUnaligned(as: UInt16.self))"
        case .int16: return "\(address.loadUnaligned(as: Int16.self))"
        case .uint32: return "\(address.loadUnaligned(as: UInt32.self))"
        case .int32: return "\(address.loadUnaligned(as: Int32.self))"
        case .uint64: return "\(address.loadUnaligned(as: UInt64.self))"
        case .int64: return "\(address.loadUnaligned(as: Int64.self))"
        case .float64: return "\(address.loadUnaligned(as: Double.self))"
        case .float16, .bfloat16, .float32, .bool:
            var pointer: UnsafeRawPointer? = address
            var value: Float = 0
            millrace_gather_f32(type.kernelType, &pointer, 1, 1, &value)
            return "\(value)"
        }
    }
}
