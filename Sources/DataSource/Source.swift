/// A dataset: columns of equally many rows, decodable in blocks.
///
/// To stream your own data, say what its columns are, cut its rows into blocks (the rows that you decode at once), and
/// return a reader that decodes them. Everything else, order, shuffling, prefetch, batches, follows.
public protocol Source: Sendable {
    /// What the model takes.
    var inputs: [ColumnInfo] { get }

    /// What the model is compared with; empty for data to predict on.
    var targets: [ColumnInfo] { get }

    /// A weight for each sample, or nil.
    var sampleWeight: ColumnInfo? { get }

    /// The blocks into which the rows are cut.
    var blocks: BlockTable { get }

    /// Text that is the same for the same data, for checkpoints; nil when there is no cheap one. Throws when the data
    /// cannot be read.
    var fingerprint: String? { get throws(DataError) }

    /// Scratch memory of one reader, for the memory plan.
    var readerBytes: Int { get }

    /// Memory that all readers share, at most, for the memory plan.
    var sharedBytes: Int { get }

    /// Whether the rows can only be had from the first to the last, by one reader at a time.
    ///
    /// Blocks then come in as they lie, whatever the shuffle policy; every epoch reads all of them anew.
    var isSequential: Bool { get }

    /// Whether single rows cost about what they are worth, because no block must be decoded to get at one.
    var readsSingleRows: Bool { get }

    /// Columns that are read more slowly than others of their kind, each with the reason: for logs.
    var slowColumns: [String] { get }

    /// Makes a reader; each worker thread makes and keeps its own.
    func makeReader() -> any BlockReader

    /// Where a row comes from, for messages.
    func location(ofRow row: Int) -> RowLocation
}

/// Where a row of a dataset comes from: for messages about it.
public struct RowLocation: Sendable, Hashable {
    /// The file, where there is one.
    public var file: String?

    /// The row's number in that file, or in the dataset where there is none; from 0.
    public var row: Int

    /// Describes a place.
    public init(file: String? = nil, row: Int) {
        self.file = file
        self.row = row
    }
}

extension Source {
    public var sampleWeight: ColumnInfo? { nil }
    public var fingerprint: String? { get throws(DataError) { nil } }
    public var readerBytes: Int { 0 }
    public var sharedBytes: Int { 0 }
    public var isSequential: Bool { false }
    public var slowColumns: [String] { [] }
    public var readsSingleRows: Bool { false }
    public func location(ofRow row: Int) -> RowLocation { RowLocation(row: row) }

    /// All samples.
    public var rowCount: Int { blocks.rowCount }

    /// Inputs, then targets, then the sample weight: the order of a block's columns.
    public var columns: [ColumnInfo] { inputs + targets + (sampleWeight.map { [$0] } ?? []) }
}

/// Decodes blocks for one worker thread.
public protocol BlockReader: AnyObject {
    /// Stored bytes that this reader has read from files so far.
    var storedBytesRead: Int { get }

    /// Seconds that this reader has spent reading from files so far, where it can tell that from decoding.
    var readSeconds: Double { get }

    /// Reads that this reader has tried again so far, after an error that may pass.
    var readRetries: Int { get }

    /// Says that rows will be read soon, so that their bytes can be fetched in the background.
    func prefetch(rows: Range<Int>)

    /// Decodes rows, which lie inside one block of the source's table, into memory: each column in its stored type and
    /// this machine's byte order.
    ///
    /// An error names the file where there is one; block and rows of the dataset are added by the caller.
    func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError)
}

extension BlockReader {
    public var storedBytesRead: Int { 0 }
    public var readSeconds: Double { 0 }
    public var readRetries: Int { 0 }
    public func prefetch(rows: Range<Int>) {}
}

/// Where a reader puts the columns of decoded rows.
public struct BlockDestination {
    let address: UnsafeMutableRawPointer
    let layout: BlockLayout
    let rowCount: Int

    /// The epoch that the rows are for, counted from 0.
    public let epoch: Int

    /// Takes rows that are left out; nil where none may be.
    var failures: RowFailures?

    /// Memory of exactly the rows' bytes in a column, in the order of `Source.columns`.
    public subscript(column: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: address + layout.offsets[column], count: rowCount * layout.rowBytes[column])
    }

    /// For a column with `ColumnInfo.padding`, room for how many steps of each row are its own: the reader says so.
    /// Empty for all other columns.
    public func lengths(of column: Int) -> UnsafeMutableBufferPointer<Int32> {
        guard let entry = layout.lengthEntries[column] else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
        return self[entry].bindMemory(to: Int32.self)
    }

    /// Sets all bytes to zero.
    func clear() {
        for column in layout.rowBytes.indices { self[column].initializeMemory(as: UInt8.self, repeating: 0) }
    }
}

/// How the columns of a block lie in memory.
struct BlockLayout: Sendable {
    /// Where each column starts; behind the columns, where the lengths of padded ones do.
    let offsets: [Int]

    /// Bytes of one row of each column, and of each list of lengths.
    let rowBytes: [Int]

    /// For each column, which of these is the list of its rows' lengths.
    let lengthEntries: [Int?]

    /// Bytes of the largest block, columns aligned to cache lines.
    let byteCount: Int

    init(_ columns: [ColumnInfo], largestRowCount: Int) {
        var entries = columns.count
        lengthEntries = columns.map { column in
            guard column.padding != nil else { return nil }
            defer { entries += 1 }
            return entries
        }
        rowBytes =
            columns.map(\.rowBytes) + [Int](repeating: MemoryLayout<Int32>.stride, count: entries - columns.count)
        var offset = 0
        offsets = rowBytes.map { bytes in
            defer { offset += (bytes * largestRowCount + 63) / 64 * 64 }
            return offset
        }
        byteCount = max(64, offset)
    }
}
