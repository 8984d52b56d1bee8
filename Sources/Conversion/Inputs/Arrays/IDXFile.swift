internal import DataSource
internal import Memory
internal import Shards

/// The files of MNIST and its kin: a magic number, big-endian extents, big-endian elements.
///
/// The format is described at the end of the page on which MNIST was published: two zero bytes, a code for the type,
/// the number of axes, their extents in 32 bits, and the elements in row-major order.
enum IDXFile {
    private static let types: [UInt8: ScalarType] = [
        0x08: .uint8, 0x09: .int8, 0x0b: .int16, 0x0c: .int32, 0x0d: .float32, 0x0e: .float64,
    ]

    /// Whether the first decoded bytes look like a header.
    static func isHeader(_ head: [UInt8]) -> Bool {
        head.count >= 4 && head[0] == 0 && head[1] == 0 && types[head[2]] != nil && (1...8).contains(head[3])
    }

    /// Opens files as columns: `…images…` is `x`, `…labels…` is `y`, others have the names of their files.
    static func open(_ paths: [String], options: RowInputOptions) throws(DataError) -> ArrayInput {
        var arrays: [StoredRows] = []
        for path in paths { arrays.append(try rows(of: try InputFile(path))) }
        return try ArrayInput(arrays, format: "IDX", options: options)
    }

    private static func rows(of file: InputFile) throws(DataError) -> StoredRows {
        let compression = Compression(head: try file.head(4))
        let stream = try SequentialBytes(file, decoder: compression.makeDecoder())
        let mark = try stream.next(4)
        guard isHeader(mark), let type = types[mark[2]] else {
            let found = mark.map { String($0, radix: 16) }.joined(separator: " ")
            throw file.error(
                "expected an IDX file: 0, 0, a type (8, 9, b, c, d, e) and 1 to 8 axes, found \(found)")
        }
        let rank = Int(mark[3])
        let fields = try stream.next(4 * rank)
        guard fields.count == 4 * rank else {
            throw file.error("truncated: expected \(rank) extents behind the magic number, found \(fields.count) bytes")
        }
        let shape = (0..<rank).map { axis in
            (0..<4).reduce(0) { $0 << 8 | Int(fields[4 * axis + $1]) }
        }
        let elements = shape.dropFirst().reduce((1, false)) { product, extent in
            let next = product.0.multipliedReportingOverflow(by: extent)
            return (next.partialValue, product.1 || next.overflow)
        }
        let rowBytes = elements.0.multipliedReportingOverflow(by: type.byteCount)
        guard !elements.1, !rowBytes.overflow, rowBytes.partialValue > 0 else {
            throw file.error("its shape \(Shape(shape)) is impossible")
        }
        let field = StoredField(
            column: ShardColumn(columnName(file.path), type, rowShape: Shape(Array(shape.dropFirst()))), offset: 0,
            byteCount: rowBytes.partialValue,
            kind: .numbers(elementSize: type.byteCount, isSwapped: type.byteCount > 1))
        let rows = StoredRows(
            file: file, member: "", access: compression == .none ? .direct : .stream(compression),
            range: 0..<file.byteCount, headerBytes: 4 + 4 * rank, rowCount: shape[0],
            rowBytes: rowBytes.partialValue, rowShape: Array(shape.dropFirst()), fields: [field])
        try rows.check(available: compression == .none ? file.byteCount : nil)
        return rows
    }

    private static func columnName(_ path: String) -> String {
        var name = Compression.plainName(InputPaths.name(of: path))
        if name.contains("images") { return "x" }
        if name.contains("labels") { return "y" }
        for ending in [".idx", "-ubyte"] where name.hasSuffix(ending) { name = String(name.dropLast(ending.count)) }
        return name
    }
}
