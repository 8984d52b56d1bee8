import Codecs
internal import Images
import Memory
internal import Shards

/// Decodes blocks of shards for one worker: a whole block straight to where it belongs.
final class ShardReader: BlockReader {
    private let part: ShardPart
    let decoder = BlockDecoder()
    var images = ImageDecoder()
    private let scratch = GrowableBytes()
    private(set) var storedBytesRead = 0
    private(set) var readSeconds = 0.0
    var readRetries: Int { decoder.readRetries }

    init(_ part: ShardPart) { self.part = part }

    /// What decoding images takes: that of photographs. One that is stored turned, interlaced or progressive takes its pixels
    /// more.
    private static let imageBytes = 16 << 20

    /// Memory of a reader, for the plan: from the sizes that the manifest gives, within those of the largest frame.
    static func scratchBytes(of columns: [ShardReading], runs: [ShardRun], in dataset: ShardDataset) -> Int {
        let statistics = dataset.manifest.statistics
        let stored = runs.map { run in run.columns.reduce(0) { $0 + statistics[$1].largestStoredBytes } }.max() ?? 0
        // Shuffled content, its items, and rows that are cut out of a block.
        let content = columns.map { statistics[$0.column].largestContentBytes }.max() ?? 0
        let hasImages = columns.contains { if case .image = $0.form { true } else { false } }
        return ZstdDecoder.contextBytes + stored + 3 * content + (hasImages ? imageBytes : 0)
    }

    func prefetch(rows: Range<Int>) {
        // What goes wrong here goes wrong again when the rows are read, and is named then.
        let place = part.dataset.place(ofRow: rows.lowerBound)
        guard let file = try? part.dataset.file(place.shard) else { return }
        file.willNeed(part.runs.map { file.range(block: place.block, columns: $0.columns) })
    }

    func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
        let place = part.dataset.place(ofRow: rows.lowerBound)
        let file: ShardFile
        do throws(ShardError) { file = try part.dataset.file(place.shard) } catch { throw DataError(ofFile: error) }
        do throws(ShardError) {
            for run in part.runs {
                try load(run, of: file, block: place.block)
                let wanted = place.row..<place.row + rows.count
                for reading in run.readings { try decode(reading, rows: wanted, of: file, into: destination) }
            }
        } catch {
            throw Self.named(error, file)
        }
        guard part.dropsPageCache else { return }
        file.didUse(part.runs.map { file.range(block: place.block, columns: $0.columns) })
    }

    private func load(_ run: ShardRun, of file: ShardFile, block: Int) throws(ShardError) {
        let start = ContinuousClock.now
        defer { readSeconds += start.secondsToNow }
        try decoder.load(file, block: block, columns: run.columns)
        storedBytesRead += file.storedBytes(block: block, columns: run.columns)
    }

    // Rows are counted in the block.
    private func decode(
        _ wanted: (reading: ShardReading, index: Int), rows: Range<Int>, of file: ShardFile,
        into destination: BlockDestination
    ) throws(ShardError) {
        let target = destination[wanted.index]
        let column = wanted.reading.column
        switch wanted.reading.form {
        case .fixed: break
        case .padded(let fill):
            return try self.fill(
                fill, column: column, rows: rows, into: target, lengths: destination.lengths(of: wanted.index),
                of: file)
        case .image(let options):
            return try decodeImages(options, column: column, rows: rows, into: target, of: file, destination)
        }
        guard rows.count < decoder.rows.count else { return try decoder.decode(column: column, into: target) }
        let rowBytes = file.schema.columns[column].itemBytes
        scratch.truncate(to: 0)
        let whole = scratch.extend(by: decoder.rows.count * rowBytes)
        try decoder.decode(column: column, into: whole)
        target.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: whole[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes]))
    }

    // A change of the file explains whatever went wrong, and is the better message.
    static func named(_ error: ShardError, _ file: ShardFile) -> DataError {
        var found = error
        do throws(ShardError) {
            try file.checkUnchanged()
        } catch {
            found = ShardError(
                error.kind, path: error.path, block: found.block, column: found.column, rows: found.rows,
                error.message)
        }
        return DataError(found)
    }
}
