internal import Codecs
internal import DataSource
internal import Memory
internal import Shards

/// A column of a WebDataset archive: the files of one extension.
struct TarColumn: Sendable {
    /// What becomes of a file.
    enum Kind: Sendable, Equatable {
        case bytes
        /// Text that is an integer.
        case integer
        /// A NumPy array.
        case array
        /// The sample's key.
        case key
    }

    /// The extension.
    let stored: String
    let kind: Kind
    let column: ShardColumn

    /// Why a file cannot be taken.
    struct Flaw: Error { let reason: String }

    private static let images: Set<String> = ["jpg", "jpeg", "png"]
    private static let texts: Set<String> = ["txt", "text", "transcript", "json", "jsn"]
    private static let integers: Set<String> = ["cls", "cls2", "class", "count", "index", "inx"]
    private static let pickles: Set<String> = ["pyd", "pth", "pt", "pkl", "pickle"]

    /// The column of sample keys.
    init(keys name: String) {
        stored = name
        kind = .key
        column = ShardColumn(bytes: name, encoding: .text)
    }

    /// Says by the extension and the first sample's file what the column is. Of an extension with dots the last part
    /// counts.
    init(_ stored: String, name: String, first: [UInt8], keepsPickles: Bool) throws(Flaw) {
        self.stored = stored
        let ending = stored.split(separator: ".").last.map(String.init) ?? stored
        if Self.images.contains(ending) {
            (kind, column) = (.bytes, ShardColumn(bytes: name, encoding: .image))
        } else if Self.integers.contains(ending), Self.integer(first) != nil {
            (kind, column) = (.integer, ShardColumn(name, .int64))
        } else if Self.texts.contains(ending) || Self.integers.contains(ending) {
            (kind, column) = (.bytes, ShardColumn(bytes: name, encoding: .text))
        } else if ending == "npy" {
            let (field, _, _) = try Self.array(first)
            kind = .array
            column = ShardColumn(name, field.column.type, rowShape: field.column.rowShape)
        } else if Self.pickles.contains(ending), !keepsPickles {
            throw Flaw(
                reason: "files .\(stored) are pickles, which only Python can read; write arrays as .npy and text as"
                    + " .json, or keep them as bytes by --keep-pickles")
        } else {
            (kind, column) = (.bytes, ShardColumn(bytes: name))
        }
    }

    /// Appends a file's value to the row that is being built.
    func append(_ file: [UInt8], to rows: RowChunk, column number: Int) throws(Flaw) {
        switch kind {
        case .bytes, .key:
            if column.encoding == .text, let reason = file.withUnsafeBytes({ TextBytes.flaw($0) }) {
                throw Flaw(reason: reason)
            }
            file.withUnsafeBytes { rows.append($0, column: number) }
        case .integer:
            guard let value = Self.integer(file) else {
                let text = String(decoding: file.prefix(40), as: UTF8.self)
                throw Flaw(reason: "expected an integer, found \"\(text)\"")
            }
            withUnsafeBytes(of: value) { rows.append($0, column: number) }
        case .array:
            let (field, start, isColumnMajor) = try Self.array(file)
            guard field.column.type == column.type, field.column.rowShape == column.rowShape else {
                throw Flaw(
                    reason: "expected \(column.type) \(column.rowShape), as in the first sample, found"
                        + " \(field.column.type) \(field.column.rowShape)")
            }
            guard !isColumnMajor else {
                throw Flaw(reason: "it is in column-major (Fortran) order; save numpy.ascontiguousarray of it")
            }
            let place = rows.extend(column: number, by: column.itemBytes)
            file.withUnsafeBytes {
                place.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + column.itemBytes]))
            }
            if case .numbers(let size, true) = field.kind { ByteOrder.reverse(place, elementSize: size) }
        }
    }

    private static func integer(_ file: [UInt8]) -> Int64? {
        var text = file
        while let last = text.last, [0x20, 0x0a, 0x0d, 0x09].contains(last) { text.removeLast() }
        return (text + [0]).withUnsafeBufferPointer { padded -> Int64? in
            let text = UnsafeBufferPointer(rebasing: padded.dropLast())
            guard let (bits, isNegative) = CSVNumber.integer(text, CSVNumber.Reader()) else { return nil }
            return isNegative ? Int64(exactly: -Int128(bits)) : Int64(exactly: bits)
        }
    }

    // The array of a .npy file as one row: its column, where its values begin, and whether they are column-major.
    private static func array(_ file: [UInt8]) throws(Flaw) -> (StoredField, start: Int, isColumnMajor: Bool) {
        do throws(DataError) {
            return try NumPyArray.single(file)
        } catch {
            throw Flaw(reason: error.message)
        }
    }
}
