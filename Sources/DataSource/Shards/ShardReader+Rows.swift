internal import Images
import Memory
internal import Shards

/// Rows that are stored in another form than the source has them.
extension ShardReader {
    /// Fills the slots of a column of rows of different lengths.
    func fill(
        _ fill: RowFill, column: Int, rows: Range<Int>, into slots: UnsafeMutableRawBufferPointer,
        lengths: UnsafeMutableBufferPointer<Int32>, of file: ShardFile
    ) throws(ShardError) {
        let stored = try decoder.decodeRagged(column: column)
        let before = stored.lengths[..<rows.lowerBound].reduce(0) { $0 + Int($1) }
        let first = stored.items.baseAddress.map { $0 + before * fill.itemBytes }
        guard let row = fill.fill(stored.lengths[rows], items: first, into: slots, lengths: lengths) else { return }
        throw error(
            row: rows.lowerBound + row, column, file,
            "a row of \(stored.lengths[rows.lowerBound + row]) steps, and the manifest says at most \(fill.slotItems); "
                + "convert the data again")
    }

    /// Decodes a column of image files. One that does not decode is left out alone where the stream allows that.
    func decodeImages(
        _ options: ImageOptions, column: Int, rows: Range<Int>, into pixels: UnsafeMutableRawBufferPointer,
        of file: ShardFile, _ destination: BlockDestination
    ) throws(ShardError) {
        let stored = try decoder.decodeRagged(column: column)
        var place = stored.lengths[..<rows.lowerBound].reduce(0) { $0 + Int($1) }
        let imageBytes = pixels.count / rows.count
        for (index, row) in rows.enumerated() {
            let end = place + Int(stored.lengths[row])
            let bytes = UnsafeRawBufferPointer(rebasing: stored.items[place..<end])
            let target = pixels[index * imageBytes..<(index + 1) * imageBytes]
            do throws(ImageError) {
                try images.decode(bytes, options: options, into: UnsafeMutableRawBufferPointer(rebasing: target))
            } catch {
                let failure = self.error(
                    row: row, column, file, "the image of \(bytes.count) bytes does not decode: \(error)")
                guard destination.leaveOut(row: index, because: Self.named(failure, file)) else { throw failure }
            }
            place = end
        }
    }

    // Of one row of the block.
    private func error(row: Int, _ column: Int, _ file: ShardFile, _ message: String) -> ShardError {
        let number = decoder.rows.lowerBound + row
        return ShardError(
            .damaged, path: file.path, column: file.schema.columns[column].name, rows: number..<number + 1, message)
    }
}
