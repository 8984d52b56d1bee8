public import Memory

/// Numbers in memory as a column: rows one after the other.
public struct ArrayColumn: Sendable {
    // Immutable after `init`, so that copies may share it between threads.
    private final class Bytes: Sendable {
        let buffer: AlignedBuffer

        init(copying values: UnsafeRawBufferPointer) {
            buffer = AlignedBuffer(byteCount: values.count)
            buffer.bytes.copyMemory(from: values)
        }
    }

    /// Name, type, row shape and conversion.
    public private(set) var info: ColumnInfo

    /// The number of rows.
    public let rowCount: Int
    private let storage: Bytes

    private init(_ name: String, _ type: ScalarType, _ rowShape: Shape, _ values: UnsafeRawBufferPointer) {
        info = ColumnInfo(name: name, type: type, rowShape: rowShape)
        precondition(
            info.rowBytes > 0 && values.count % info.rowBytes == 0,
            "ArrayColumn: \(values.count / type.byteCount) values of \(name) are not whole rows of \(rowShape)")
        rowCount = values.count / info.rowBytes
        storage = Bytes(copying: values)
    }

    /// Copies `values`, which must be whole rows of `rowShape`.
    public init(_ name: String, _ values: [Float], rowShape: Shape = []) {
        self = values.withUnsafeBytes { ArrayColumn(name, .float32, rowShape, $0) }
    }

    /// Copies `values`, which must be whole rows of `rowShape`.
    public init(_ name: String, _ values: [Int32], rowShape: Shape = []) {
        self = values.withUnsafeBytes { ArrayColumn(name, .int32, rowShape, $0) }
    }

    /// Copies `values`, which must be whole rows of `rowShape`.
    public init(_ name: String, _ values: [Int64], rowShape: Shape = []) {
        self = values.withUnsafeBytes { ArrayColumn(name, .int64, rowShape, $0) }
    }

    /// Copies `values`, which must be whole rows of `rowShape`.
    public init(_ name: String, _ values: [UInt8], rowShape: Shape = []) {
        self = values.withUnsafeBytes { ArrayColumn(name, .uint8, rowShape, $0) }
    }

    /// The same values, converted on their way into a batch: for `Batch(inputs:targets:)`.
    ///
    /// Traps when the column cannot be converted so.
    public func converting(_ conversion: ColumnConversion) -> ArrayColumn {
        if let problem = conversion.problem(with: info) { preconditionFailure("ArrayColumn: \(info.name): \(problem)") }
        var result = self
        result.info.conversion = conversion
        return result
    }

    /// The bytes of some rows. Valid as long as this column lives.
    func bytes(of rows: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: storage.buffer.address + rows.lowerBound * info.rowBytes, count: rows.count * info.rowBytes)
    }
}
