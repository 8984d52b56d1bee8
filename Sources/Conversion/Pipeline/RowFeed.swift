internal import DataSource
internal import Shards
internal import Workers

/// Reads the pieces of an input ahead, in parallel, and hands out their rows in order, pass after pass.
///
/// Used by the coordinator; the jobs of its lane run in the pool. Pieces that are being read, wait
/// to be taken or are not recycled yet hold `byteLimit` bytes by the input's estimates, or one piece more.
final class RowFeed {
    /// The rows of one piece.
    struct Portion {
        let rows: RowChunk
        let rejected: [RejectedRow]

        /// Of the piece's first row.
        var origin: RowOrigin

        /// Bytes of the input that the piece stands for.
        let inputBytes: Int

        /// The estimate that stays counted until the portion is recycled.
        let workingBytes: Int
    }

    /// A piece of the input that does not fit the memory for pieces.
    struct PieceTooLarge: Error {
        let byteCount: Int
        let byteLimit: Int
    }

    /// A piece that was read, and what went wrong with it as a whole.
    private struct Reading: Sendable {
        let rows: RowChunk
        var rejected: [RejectedRow] = []
        var failure: DataError?
    }

    private let input: any RowInput
    private let passes: Int
    private let byteLimit: Int
    private let lane: WorkLane<Reading>
    private var cutter: (any PieceCutter)?
    private var cutterPass: Int
    private var pieces: [(pass: Int, piece: InputPiece)] = []
    private var bytesInFlight = 0
    private var isCut = false

    // Of the next portion to be taken.
    private var takenPass: Int
    private var rowsBefore: Int
    private var rowsBeforePass: Int
    private var inputBytesBefore: Int

    /// Chunks that nobody uses, to be filled again.
    private var spare: [RowChunk] = []
    private static let mostSpare = 4

    /// Begins at a row's origin; the rows of its piece before it are handed out too.
    init(
        _ input: any RowInput, passes: Int, from origin: RowOrigin, pool: WorkPool, byteLimit: Int
    ) throws(DataError) {
        self.input = input
        self.passes = passes
        self.byteLimit = byteLimit
        lane = WorkLane(pool)
        cutterPass = origin.pass
        takenPass = origin.pass
        rowsBefore = origin.rowsBeforePiece
        rowsBeforePass = origin.rowsBeforePass
        inputBytesBefore = origin.inputBytes
        cutter = try input.makeCutter(at: origin.piece)
    }

    /// Whether every row was handed out.
    var isExhausted: Bool { isCut && pieces.isEmpty }

    /// Starts reading what there is room for. Returns whether it started anything.
    func readAhead(most limit: Int) throws -> Bool {
        var hasStarted = false
        while !isCut, lane.pending < limit, bytesInFlight < byteLimit || lane.pending == 0 {
            guard let piece = try cutter?.next() else {
                cutterPass += 1
                isCut = cutterPass >= passes
                cutter = isCut ? nil : try input.makeCutter(at: nil)
                continue
            }
            guard piece.workingBytes <= byteLimit else {
                throw PieceTooLarge(byteCount: piece.workingBytes, byteLimit: byteLimit)
            }
            bytesInFlight += piece.workingBytes
            pieces.append((cutterPass, piece))
            let chunk = spare.popLast() ?? RowChunk(input.columns)
            chunk.removeAll()
            lane.submit { [input] _ in
                var reading = Reading(rows: chunk)
                do throws(DataError) {
                    try input.read(piece, into: chunk, rejected: &reading.rejected)
                } catch {
                    reading.failure = error
                }
                return reading
            }
            hasStarted = true
        }
        return hasStarted
    }

    /// The rows of the next piece, if they were read.
    func takeReady() throws -> Portion? {
        guard let reading = lane.takeReady() else { return nil }
        let (pass, piece) = pieces.removeFirst()
        if let failure = reading.failure { throw failure }
        if pass != takenPass {
            takenPass = pass
            rowsBeforePass += rowsBefore
            rowsBefore = 0
        }
        var origin = RowOrigin()
        origin.pass = pass
        origin.piece = piece.position
        origin.rowsBeforePiece = rowsBefore
        origin.rowsBeforePass = rowsBeforePass
        origin.inputBytes = inputBytesBefore
        rowsBefore += reading.rows.rowCount
        inputBytesBefore += piece.inputBytes
        return Portion(
            rows: reading.rows, rejected: reading.rejected, origin: origin, inputBytes: piece.inputBytes,
            workingBytes: piece.workingBytes)
    }

    /// Gives back a portion whose rows are done with.
    func recycle(_ portion: Portion) {
        bytesInFlight -= portion.workingBytes
        if spare.count < Self.mostSpare { spare.append(portion.rows) }
    }
}
