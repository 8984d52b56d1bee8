package import DataSource
package import Shards

/// The rows of files of one kind, for a conversion: in a fixed order, cut into pieces that are read independently.
///
/// Opening reads as little as says what the columns are. Errors are `DataError`s that name the file.
package protocol RowInput: Sendable {
    /// The columns of every row.
    var columns: [ShardColumn] { get }

    /// All rows, where that is known without reading them. Rows that turn out to be bad count.
    var rowCount: Int? { get }

    /// Bytes of the files, for progress, where that is known.
    var byteCount: Int? { get }

    /// Text that changes when the input does: paths, sizes and times of the files, and what was asked of the reader. An
    /// interrupted conversion goes on only with the same text.
    var fingerprint: String { get }

    /// What the input is, in a word or two: kept in the manifest.
    var kind: String { get }

    /// Like `fingerprint`, but the same for a copy of the files under another path and with other times: what a manifest
    /// may depend on. Samples of the files stand for the times: they are read when it is asked for.
    var contents: String { get throws(DataError) }

    /// What a user should know: for example files that are left out.
    var warnings: [String] { get }

    /// Rows of each class by number, where the reader gives classes their numbers (folders of images); else empty.
    var classNames: [String] { get }

    /// Cuts the rows into pieces, from the first or from the beginning of a piece that was cut before. One thread at a
    /// time uses it; it does no more than finding where pieces begin.
    func makeCutter(at position: PiecePosition?) throws(DataError) -> any PieceCutter

    /// The same with pieces of at most so many rows: for rows that grow when they are decoded. Inputs that may hold
    /// encoded images keep to it, and give their pieces' `rowCount`.
    func makeCutter(at position: PiecePosition?, mostRows: Int) throws(DataError) -> any PieceCutter

    /// Reads the rows of a piece in their order and appends them to `rows`. Any thread, several pieces at a time.
    ///
    /// A row that cannot be read is given to `rejected` and left out, and the next one follows; errors that are not one
    /// row's (a file that is gone) are thrown.
    func read(_ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]) throws(DataError)

    /// Where the rows that `read` appends of a piece come from, in their order: for messages about what is found in them
    /// later. Reads the piece again. Empty where an input does not know.
    func places(of piece: InputPiece) throws(DataError) -> [RowPlace]
}

extension RowInput {
    package var rowCount: Int? { nil }
    package var byteCount: Int? { nil }
    package var kind: String { "rows" }
    package var contents: String { fingerprint }
    package var classNames: [String] { [] }
    package var warnings: [String] { [] }

    package func makeCutter(at position: PiecePosition?, mostRows: Int) throws(DataError) -> any PieceCutter {
        try makeCutter(at: position)
    }

    package func places(of piece: InputPiece) throws(DataError) -> [RowPlace] { [] }
}

/// Where a piece begins: numbers whose meaning is the input's own, for example a file's number, a byte offset and a line.
/// Kept in the record of an unfinished conversion.
package typealias PiecePosition = [Int]

/// Some rows of an input, read in one go: about a mebibyte of decoded values, or a row if that is larger.
package struct InputPiece: Sendable {
    /// Where to begin to cut this piece again, and those behind it.
    package var position: PiecePosition

    /// Where the piece ends, in the same terms, and whatever else its reader needs.
    package var extent: [Int]

    /// Text its reader needs, for example a path.
    package var text: String

    /// Decoded bytes that only the cutter could read, because the file is one compressed stream; else empty.
    package var content: [UInt8] = []

    /// Its rows, those that turn out to be bad included; nil where that is known only once they are read.
    package var rowCount: Int?

    /// Bytes of the files that belong to it: for progress.
    package var inputBytes: Int

    /// An estimate of the bytes in memory while it is read: its rows and what reading them takes.
    package var workingBytes: Int

    package init(
        position: PiecePosition, extent: [Int] = [], text: String = "", rowCount: Int? = nil, inputBytes: Int,
        workingBytes: Int
    ) {
        self.position = position
        self.extent = extent
        self.text = text
        self.rowCount = rowCount
        self.inputBytes = inputBytes
        self.workingBytes = workingBytes
    }
}

/// Finds where pieces begin.
package protocol PieceCutter: AnyObject {
    /// The next piece, or nil behind the last.
    func next() throws(DataError) -> InputPiece?
}

/// Where a row of an input is.
package struct RowPlace: Sendable, Hashable {
    /// The file.
    package var file: String

    /// The place in the file as its users count.
    package var place: String

    package init(file: String, place: String) {
        self.file = file
        self.place = place
    }
}

/// A row of an input that cannot be read.
package struct RejectedRow: Sendable, Hashable, CustomStringConvertible {
    /// The file.
    package var file: String

    /// The place in the file as its users count, for example `line 7` or `row 12` or the name of a member.
    package var place: String

    /// What was expected and what was found.
    package var reason: String

    package init(file: String, place: String, reason: String) {
        self.file = file
        self.place = place
        self.reason = reason
    }

    /// `train.csv: line 7: expected 3 fields, found 2`.
    package var description: String { place.isEmpty ? "\(file): \(reason)" : "\(file): \(place): \(reason)" }
}
