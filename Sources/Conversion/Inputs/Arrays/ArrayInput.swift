internal import Codecs
package import DataSource
internal import Memory
package import Shards

/// Arrays of equally many rows in files, as columns: NumPy's `.npy` and `.npz`, and the IDX files of MNIST.
///
/// Plain arrays are read by position, in parallel; compressed ones are streams, which one thread inflates while others
/// take its bytes. To resume, a stream is read again from its beginning.
package final class ArrayInput: RowInput {
    package let columns: [ShardColumn]
    package let rowCount: Int?
    package let byteCount: Int?
    package let fingerprint: String
    package let kind: String
    private let arrays: [StoredRows]
    private let rows: Int
    private let files: [InputFile]
    private let summary: String

    /// - Parameter format: names the kind of files in the fingerprint.
    init(_ arrays: [StoredRows], format: String, options: RowInputOptions) throws(DataError) {
        precondition(!arrays.isEmpty, "ArrayInput: no arrays")
        var arrays = arrays
        if let chosen = ColumnRenaming(options).chosen { arrays = try Self.choose(chosen, of: arrays) }
        let first = arrays[0]
        if let other = arrays.first(where: { $0.rowCount != first.rowCount }) {
            let list = arrays.flatMap { array in
                array.fields.map { "  \($0.column.name): \(array.rowCount) rows in \(array.file.path)" }
            }
            throw other.error(
                "expected as many rows in every array, found\n" + list.joined(separator: "\n")
                    + "\nchoose columns by --x and --y")
        }
        guard first.rowCount > 0 else { throw first.error("expected at least one row, found none") }
        columns = arrays.flatMap { $0.fields.map(\.column) }
        try checkNames(columns, first.file.path)
        self.arrays = arrays
        rows = first.rowCount
        rowCount = rows
        byteCount = arrays.reduce(0) { $0 + $1.range.count }
        var known: Set<String> = []
        let files = arrays.map(\.file).filter { known.insert($0.summary).inserted }
        fingerprint = "\(format); \(options.summary); " + files.map(\.summary).joined(separator: "; ")
        self.files = files
        summary = options.summary
        kind = format
    }

    package var contents: String {
        get throws(DataError) { "\(kind); \(summary); " + (try InputFile.contents(of: files)) }
    }

    private static func choose(
        _ chosen: [(stored: String, name: String)], of arrays: [StoredRows]
    ) throws(DataError) -> [StoredRows] {
        var result: [StoredRows] = []
        for (stored, name) in chosen {
            guard let array = arrays.first(where: { $0.fields.contains { $0.column.name == stored } }),
                var field = array.fields.first(where: { $0.column.name == stored })
            else {
                let names = arrays.flatMap { $0.fields.map(\.column.name) }.joined(separator: ", ")
                throw DataError(
                    file: arrays[0].file.path, dataset: stored, "there is no such array; there are \(names)")
            }
            field.column.name = name
            result.append(array.with([field]))
        }
        return result
    }

    package func makeCutter(at position: PiecePosition?) throws(DataError) -> any PieceCutter {
        try ArrayCutter(arrays, rowCount: rows, first: position?.first ?? 0)
    }

    package func read(
        _ piece: InputPiece, into chunk: RowChunk, rejected: inout [RejectedRow]
    ) throws(DataError) {
        // Bytes may be no text; what NumPy has as characters always is.
        guard arrays.contains(where: { $0.fields.contains { $0.kind == .bytes } }) else {
            return try read(piece, into: chunk)
        }
        let part = RowChunk(columns)
        try read(piece, into: part)
        let files = arrays.flatMap { array in array.fields.map { _ in array.file.path } }
        chunk.append(checked: part) { row, column, reason in
            rejected.append(
                RejectedRow(file: files[column], place: "row \(piece.position[0] + row)", reason: reason))
        }
    }

    private func read(_ piece: InputPiece, into chunk: RowChunk) throws(DataError) {
        let range = piece.position[0]..<piece.extent[0]
        var lengths: [[Int]] = []
        var number = 0
        var used = 0
        for array in arrays {
            let byteCount = range.count * array.rowBytes
            func take(_ source: UnsafeRawBufferPointer) {
                for field in array.fields {
                    let found = field.append(
                        rows: source, count: range.count, rowBytes: array.rowBytes, to: chunk, column: number)
                    if let found { lengths.append(found) }
                    number += 1
                }
            }
            if array.isDirect {
                let memory = AlignedBuffer(byteCount: byteCount)
                try array.read(range, into: memory.bytes)
                take(UnsafeRawBufferPointer(memory.bytes))
            } else {
                piece.content.withUnsafeBytes {
                    take(UnsafeRawBufferPointer(rebasing: $0[used..<used + byteCount]))
                }
                used += byteCount
            }
        }
        chunk.endRows(range.count, lengths: lengths)
    }
}

extension StoredRows {
    /// The same rows with other fields.
    func with(_ fields: [StoredField]) -> StoredRows {
        StoredRows(
            file: file, member: member, access: access, range: range, headerBytes: headerBytes, rowCount: rowCount,
            rowBytes: rowBytes, rowShape: rowShape, fields: fields, checksum: checksum)
    }

    /// Reads rows that lie at their place, in row-major order.
    func read(_ rows: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws(DataError) {
        let open = try file.open()
        let start = range.lowerBound + headerBytes
        guard access == .directColumnMajor, let elementSize else {
            return try open.read(at: start + rows.lowerBound * rowBytes, into: destination)
        }
        // One run of the file holds one element of every row.
        let run = AlignedBuffer(byteCount: rows.count * elementSize)
        var index = [Int](repeating: 0, count: rowShape.count)
        for element in 0..<rowBytes / elementSize {
            var place = 0
            for axis in rowShape.indices.reversed() { place = place * rowShape[axis] + index[axis] }
            try open.read(at: start + (place * rowCount + rows.lowerBound) * elementSize, into: run.bytes)
            for row in 0..<rows.count {
                UnsafeMutableRawBufferPointer(rebasing: destination[(row * rowBytes + element * elementSize)...])
                    .copyMemory(
                        from: UnsafeRawBufferPointer(
                            rebasing: run.bytes[(row * elementSize)..<((row + 1) * elementSize)]))
            }
            var axis = rowShape.count - 1
            while axis >= 0 {
                index[axis] += 1
                if index[axis] < rowShape[axis] { break }
                index[axis] = 0
                axis -= 1
            }
        }
    }

    /// Bytes of an element of an array of one kind of elements.
    private var elementSize: Int? {
        let elements = rowShape.reduce(1, *)
        return elements > 0 ? rowBytes / elements : nil
    }
}
