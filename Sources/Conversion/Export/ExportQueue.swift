internal import Shards
internal import Workers

/// The pieces that are being made, or wait to be written in their order, within the bytes for them.
struct ExportQueue {
    private let columns: [ExportColumn]
    private let workers: [ExportWorker]
    private let lane: WorkLane<ExportedPiece>
    private let plan: ExportMemory
    private var cutter: ExportCutter

    /// The piece that is started next; nil behind the last.
    private var next: ExportPiece?
    private var started: [ExportPiece] = []
    private var bytesInFlight = 0

    /// What nobody uses, to be filled again.
    private var spare: [ExportedPiece] = []
    private var spareBytes = 0

    init(
        _ dataset: ShardDataset, _ columns: [ExportColumn], rows: Range<Int>, level: Int?, plan: ExportMemory,
        pool: WorkPool
    ) throws(ShardError) {
        self.columns = columns
        self.plan = plan
        lane = WorkLane(pool)
        workers = (0..<pool.threadCount).map { _ in ExportWorker(dataset, level: level) }
        cutter = ExportCutter(dataset, columns, rows: rows)
        next = try cutter.nextPiece()
    }

    /// Whether every piece was taken.
    var isEmpty: Bool { next == nil && started.isEmpty }

    /// Starts what there is room for. Returns whether it started anything.
    mutating func start() throws -> Bool {
        var hasStarted = false
        while let piece = next, started.count < 3 * workers.count + 1 {
            guard piece.workingBytes <= plan.pieceBytes else { throw plan.tooSmall(for: piece.workingBytes) }
            if bytesInFlight + spareBytes + piece.workingBytes > plan.pieceBytes {
                spare.removeAll()
                spareBytes = 0
                guard bytesInFlight + piece.workingBytes <= plan.pieceBytes else { break }
            }
            let target = spare.popLast() ?? ExportedPiece()
            spareBytes -= target.bytes.capacity
            bytesInFlight += piece.workingBytes
            started.append(piece)
            let (column, workers, rows) = (columns[piece.place], workers, piece.rows)
            lane.submit { thread in
                workers[thread].make(rows, of: column, into: target)
                return target
            }
            next = try cutter.nextPiece()
            hasStarted = true
        }
        return hasStarted
    }

    /// The next piece in order, if it is made.
    mutating func takeReady() -> (ExportPiece, ExportedPiece)? {
        guard let found = lane.takeReady() else { return nil }
        return (started.removeFirst(), found)
    }

    /// Gives back a piece that was written.
    mutating func recycle(_ piece: ExportPiece, _ found: ExportedPiece) {
        bytesInFlight -= piece.workingBytes
        spare.append(found)
        spareBytes += found.bytes.capacity
    }
}
