internal import JSONText

/// Where a row of the output comes from in the input: enough to begin there again.
struct RowOrigin: Sendable, Equatable {
    /// The pass over the input.
    var pass = 0

    /// The piece that holds the row, nil for the first of the pass.
    var piece: PiecePosition?

    /// Good rows of that piece before the row.
    var rowsIntoPiece = 0

    /// Good rows of the pass before the piece.
    var rowsBeforePiece = 0

    /// Good rows of the passes before this one, and bytes of the input that were read before the piece: for progress.
    var rowsBeforePass = 0
    var inputBytes = 0

    /// Bytes of the report of rejected rows, and how many they are, before the piece.
    var reportBytes = 0
    var rejectedRows = 0

    var json: JSONValue {
        .object([
            "pass": .integer(pass), "piece": piece.map { .array($0.map { .integer($0) }) } ?? .null,
            "rows_into_piece": .integer(rowsIntoPiece), "rows_before_piece": .integer(rowsBeforePiece),
            "rows_before_pass": .integer(rowsBeforePass), "input_bytes": .integer(inputBytes),
            "report_bytes": .integer(reportBytes), "rejected_rows": .integer(rejectedRows),
        ])
    }

    init() {}

    /// Reads what `json` wrote; nil for something else.
    init?(_ value: JSONValue) {
        guard let pass = value["pass"]?.integerValue, let rowsInto = value["rows_into_piece"]?.integerValue,
            let rowsBefore = value["rows_before_piece"]?.integerValue, let bytes = value["report_bytes"]?.integerValue,
            let rejected = value["rejected_rows"]?.integerValue, let piece = value["piece"],
            let rowsBeforePass = value["rows_before_pass"]?.integerValue,
            let inputBytes = value["input_bytes"]?.integerValue,
            [pass, rowsInto, rowsBefore, bytes, rejected, rowsBeforePass, inputBytes].allSatisfy({ $0 >= 0 })
        else { return nil }
        if !piece.isNull {
            guard let numbers = piece.arrayValue?.compactMap(\.integerValue), numbers.count == piece.arrayValue?.count
            else { return nil }
            self.piece = numbers
        }
        self.pass = pass
        rowsIntoPiece = rowsInto
        rowsBeforePiece = rowsBefore
        self.rowsBeforePass = rowsBeforePass
        self.inputBytes = inputBytes
        reportBytes = bytes
        rejectedRows = rejected
    }
}
