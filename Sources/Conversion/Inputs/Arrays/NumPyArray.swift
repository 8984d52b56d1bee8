internal import DataSource
internal import Memory
internal import Shards

/// The header of a `.npy` file (NumPy's format, versions 1 to 3), and the rows behind it.
enum NumPyArray {
    private static let mark: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// Headers of structures of thousands of fields stay below this.
    private static let mostHeaderBytes = 1 << 24

    /// Whether bytes are the beginning of a `.npy` file.
    static func isHeader(_ head: [UInt8]) -> Bool { head.starts(with: mark) }

    /// The rows of an array; for errors it has the file's name and that of the member.
    ///
    /// - Parameters:
    ///   - name: of the column, or of all that the fields of a structure become.
    ///   - available: decoded bytes of file or member, where they are known.
    static func rows(
        of file: InputFile, member: String, name: String, access: StoredRows.Access, range: Range<Int>,
        available: Int?, checksum: UInt32?, stream: SequentialBytes
    ) throws(DataError) -> StoredRows {
        func failure(_ message: String) -> DataError {
            DataError(file: file.path, dataset: member.isEmpty ? nil : member, message)
        }
        let (text, headerBytes) = try header({ count throws(DataError) in try stream.next(count) }, failure)
        let (type, shape, isColumnMajor) = try parse(text, failure)
        guard let rowCount = shape.first else { throw failure("expected rows, found a single value: shape ()") }
        let rowShape = Array(shape.dropFirst())
        guard let elements = product(rowShape), let rowBytes = product([elements, type.byteCount]), rowBytes > 0 else {
            throw failure("expected rows that are not empty, found the shape \(Shape(shape))")
        }
        let fields = try fields(type, name: name, rowShape: rowShape, rowBytes: rowBytes, failure)
        var access = access
        if isColumnMajor, shape.filter({ $0 > 1 }).count > 1 {
            guard access == .direct, type.isPlain else {
                throw failure(
                    "it is compressed and in column-major (Fortran) order, whose rows lie scattered; save"
                        + " numpy.ascontiguousarray of it, or save it uncompressed")
            }
            access = .directColumnMajor
        }
        let rows = StoredRows(
            file: file, member: member, access: access, range: range, headerBytes: headerBytes, rowCount: rowCount,
            rowBytes: rowBytes, rowShape: rowShape, fields: fields, checksum: checksum)
        try rows.check(available: available)
        return rows
    }

    /// The array of a `.npy` file in memory, taken for one row of a column: where its values begin, and whether they are
    /// column-major.
    static func single(_ file: [UInt8]) throws(DataError) -> (StoredField, start: Int, isColumnMajor: Bool) {
        func failure(_ message: String) -> DataError { DataError(message) }
        var place = 0
        let (text, start) = try header(
            { count in
                let part = file[min(place, file.count)..<min(file.count, place + count)]
                place += count
                return Array(part)
            }, failure)
        let (type, shape, isColumnMajor) = try parse(text, failure)
        guard let field = type.fields.first, type.isPlain, let scalar = field.scalar else {
            throw failure("expected an array of numbers")
        }
        guard let elements = product(shape), let bytes = product([elements, type.byteCount]), bytes > 0,
            bytes == file.count - start
        else { throw failure("expected the values of shape \(Shape(shape)), found \(file.count - start) bytes") }
        let column = ShardColumn("", scalar, rowShape: Shape(shape))
        return (
            StoredField(column: column, offset: 0, byteCount: bytes, kind: field.kind), start,
            isColumnMajor && shape.filter { $0 > 1 }.count > 1
        )
    }

    private static func parse(
        _ header: [UInt8], _ failure: (String) -> DataError
    ) throws(DataError) -> (NumPyType, [Int], isColumnMajor: Bool) {
        let literal: PythonLiteral
        do throws(PythonLiteral.ParseError) {
            literal = try PythonLiteral(parsing: header)
        } catch {
            throw failure("its header cannot be understood: \(error.description)")
        }
        guard let description = literal["descr"], case .bool(let isColumnMajor)? = literal["fortran_order"],
            case .sequence? = literal["shape"], let shape = literal["shape"]?.extents
        else {
            throw failure("expected descr, fortran_order and a shape in its header, found others")
        }
        do throws(NumPyType.Unsupported) {
            return (try NumPyType(description), shape, isColumnMajor)
        } catch {
            throw failure(error.description)
        }
    }

    private static func header(
        _ next: (Int) throws(DataError) -> [UInt8], _ failure: (String) -> DataError
    ) throws(DataError) -> ([UInt8], Int) {
        let start = try next(8)
        guard start.count == 8, isHeader(start) else {
            throw failure("expected a NumPy array, found \(start.isEmpty ? "nothing" : "another format")")
        }
        guard (1...3).contains(start[6]) else {
            throw failure("expected version 1, 2 or 3 of the format, found \(start[6]).\(start[7])")
        }
        let lengthBytes = try next(start[6] == 1 ? 2 : 4)
        let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard lengthBytes.count == (start[6] == 1 ? 2 : 4), length <= mostHeaderBytes else {
            throw failure("truncated, or a header of \(length) bytes, which is too large")
        }
        let text = try next(length)
        guard text.count == length else {
            throw failure("truncated: expected a header of \(length) bytes, found \(text.count)")
        }
        return (text, 8 + lengthBytes.count + length)
    }

    private static func fields(
        _ type: NumPyType, name: String, rowShape: [Int], rowBytes: Int, _ failure: (String) -> DataError
    ) throws(DataError) -> [StoredField] {
        guard type.isPlain || rowShape.isEmpty else {
            throw failure("its rows are arrays of structures, shape \(Shape(rowShape)); save its fields as arrays")
        }
        return try type.fields.map { field throws(DataError) in
            guard let scalar = field.scalar else {
                guard rowShape.isEmpty else {
                    throw failure(
                        "its rows are arrays of text, shape \(Shape(rowShape)); a column of text has one a row")
                }
                return StoredField(
                    column: ShardColumn(bytes: field.name.isEmpty ? name : field.name, encoding: .text),
                    offset: field.offset, byteCount: field.byteCount, kind: field.kind)
            }
            let shape = Shape(type.isPlain ? rowShape : field.shape)
            return StoredField(
                column: ShardColumn(field.name.isEmpty ? name : field.name, scalar, rowShape: shape),
                offset: field.offset, byteCount: type.isPlain ? rowBytes : field.byteCount, kind: field.kind)
        }
    }
}
