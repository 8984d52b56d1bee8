internal import Codecs
internal import DataSource
internal import Memory
internal import Shards

/// A part of every stored row that becomes a column.
struct StoredField: Sendable {
    /// What the bytes are, and what becomes of them.
    enum Kind: Sendable, Hashable {
        /// Numbers of so many bytes, reversed when the file has the other byte order.
        case numbers(elementSize: Int, isSwapped: Bool)
        /// Bytes up to the zeros that pad them: NumPy's `S`.
        case bytes
        /// Characters of four bytes up to the zeros that pad them, which become UTF-8: NumPy's `U`.
        case characters(isSwapped: Bool)
    }

    /// The column.
    var column: ShardColumn

    /// Where in a stored row the bytes begin, and their number.
    var offset: Int
    var byteCount: Int
    var kind: Kind
}

/// Rows of one size that lie one after the other in a file, plain or as one compressed stream.
struct StoredRows: Sendable {
    /// How the bytes come out of the file.
    enum Access: Sendable, Equatable {
        /// At their place.
        case direct
        /// At their place, but the first index runs fastest: element (i, j) lies at i + rows · j.
        case directColumnMajor
        /// All of the file is one stream.
        case stream(Compression)
        /// A member of a zip file, deflated.
        case deflated
    }

    let file: InputFile
    /// What messages call it, for example the member of an archive; empty for the file itself.
    let member: String
    let access: Access

    /// The bytes of the file that hold the rows and what is in front of them.
    let range: Range<Int>

    /// Bytes in front of the first row: in the file, or in the decoded stream.
    let headerBytes: Int
    let rowCount: Int
    let rowBytes: Int
    /// The extents of a row; empty when the fields are not one array.
    let rowShape: [Int]
    let fields: [StoredField]

    /// The CRC-32 of header and rows, where the file has it.
    var checksum: UInt32?

    /// An error about these rows.
    func error(_ message: String) -> DataError {
        DataError(file: file.path, dataset: member.isEmpty ? nil : member, message)
    }

    /// Throws unless header and rows are what the bytes can hold; `available` decoded bytes are known for some.
    func check(available: Int?) throws(DataError) {
        let (data, overflow) = rowCount.multipliedReportingOverflow(by: rowBytes)
        guard !overflow, rowBytes > 0, data <= Int.max / 4 else {
            throw error("its shape, \(rowCount) rows of \(rowBytes) bytes, is impossible")
        }
        guard rowBytes <= Self.mostRowBytes else {
            throw error("expected rows of at most \(Self.mostRowBytes) bytes, found \(rowBytes)")
        }
        if let available, available - headerBytes != data {
            let what = available - headerBytes < data ? "truncated" : "too long"
            throw error(
                "\(what): expected \(data) bytes of \(rowCount) rows, found \(available - headerBytes)")
        }
        // Deflate makes at most 1,032 bytes of one.
        if access == .deflated || access == .stream(.gzip), data / 1040 > range.count {
            throw error("truncated: \(range.count) compressed bytes cannot hold \(data) bytes of \(rowCount) rows")
        }
    }

    /// Rows are read whole.
    static let mostRowBytes = 1 << 30

    /// A stream of the header and the rows.
    func makeStream() throws(DataError) -> SequentialBytes {
        switch access {
        case .direct, .directColumnMajor: try SequentialBytes(file, range: range, decoder: nil)
        case .stream(let compression): try SequentialBytes(file, range: range, decoder: compression.makeDecoder())
        case .deflated: try SequentialBytes(file, range: range, decoder: GzipStream(.bareDeflate))
        }
    }

    var isDirect: Bool { access == .direct || access == .directColumnMajor }
}
