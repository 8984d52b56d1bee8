package import Images
import Memory
package import Shards

/// Columns of encoded images to columns of pixels.
package enum ImageColumn {
    /// A row that is left out, and why.
    package struct Failure: Sendable {
        package var row: Int
        package var error: ImageError
    }

    /// What a column of images becomes: `uint8` of height x width x channels. Nil when the options give no size.
    package static func decoded(_ column: ShardColumn, options: ImageOptions) -> ShardColumn? {
        guard let size = options.size else { return nil }
        return ShardColumn(column.name, .uint8, rowShape: [size.height, size.width, options.channels.rawValue])
    }

    /// Decodes the images of some rows into memory for all of them, one after the other.
    ///
    /// The options give the size. The place of a row that does not decode is filled with zeros, and the row is returned.
    package static func decode(
        rows: Range<Int>, column: Int, of chunk: RowChunk, options: ImageOptions, decoder: inout ImageDecoder,
        into output: UnsafeMutableRawBufferPointer
    ) -> [Failure] {
        guard let target = decoded(chunk.columns[column], options: options) else {
            preconditionFailure("ImageColumn: images need a size to become a column of pixels")
        }
        let rowBytes = target.itemBytes
        precondition(output.count == rows.count * rowBytes, "ImageColumn: \(output.count) bytes for \(rows.count) rows")
        var failures: [Failure] = []
        for (place, row) in rows.enumerated() {
            let pixels = UnsafeMutableRawBufferPointer(rebasing: output[place * rowBytes..<(place + 1) * rowBytes])
            do {
                try decoder.decode(chunk[row, column], options: options, into: pixels)
            } catch {
                pixels.initializeMemory(as: UInt8.self, repeating: 0)
                failures.append(Failure(row: row, error: error))
            }
        }
        return failures
    }

    /// A chunk with the pixels of a column of images in its place, and the other columns as they are.
    ///
    /// The options give the size. Rows that do not decode are left out and returned by their number in `chunk`.
    package static func decode(
        column: Int, of chunk: RowChunk, options: ImageOptions, decoder: inout ImageDecoder
    ) -> (rows: RowChunk, failures: [Failure]) {
        guard let target = decoded(chunk.columns[column], options: options) else {
            preconditionFailure("ImageColumn: images need a size to become a column of pixels")
        }
        var columns = chunk.columns
        columns[column] = target
        let result = RowChunk(columns)
        var failures: [Failure] = []
        for row in 0..<chunk.rowCount {
            do {
                try decoder.decode(
                    chunk[row, column], options: options, into: result.extend(column: column, by: target.itemBytes))
            } catch {
                failures.append(Failure(row: row, error: error))
                result.dropRow()
                continue
            }
            for other in columns.indices where other != column { result.append(chunk[row, other], column: other) }
            result.endRow()
        }
        return (result, failures)
    }
}
