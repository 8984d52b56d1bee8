import DataSource
import Images
import Memory
import Shards
import Testing

@Suite struct ImageColumnTests {
    private let options = ImageOptions(size: ImageSize(height: 5, width: 4))

    private func chunk() -> RowChunk {
        let chunk = RowChunk([ShardColumn("y", .uint8), ShardColumn(bytes: "x", encoding: .image)])
        for (row, bytes) in [ImageFolder.fixture("rgb.png"), [1, 2, 3], ImageFolder.fixture("rgb-420.jpg")].enumerated()
        {
            withUnsafeBytes(of: UInt8(row)) { chunk.append($0, column: 0) }
            bytes.withUnsafeBytes { chunk.append($0, column: 1) }
            chunk.endRow()
        }
        return chunk
    }

    @Test func `rows that decode are kept with their other columns`() {
        var decoder = ImageDecoder()
        let (rows, failures) = ImageColumn.decode(column: 1, of: chunk(), options: options, decoder: &decoder)
        #expect(rows.columns[1] == ShardColumn("x", .uint8, rowShape: [5, 4, 3]))
        #expect((0..<rows.rowCount).map { rows[$0, 0][0] } == [0, 2])
        #expect(failures.map(\.row) == [1])
        #expect(
            failures.first?.error.description == "expected a JPEG or PNG image, found bytes that begin with 01 02 03")
    }

    @Test func `pixels of a range of rows are the same`() {
        var decoder = ImageDecoder()
        let (rows, _) = ImageColumn.decode(column: 1, of: chunk(), options: options, decoder: &decoder)
        var pixels = [UInt8](repeating: 9, count: 2 * 60)
        let failures = pixels.withUnsafeMutableBytes {
            ImageColumn.decode(rows: 1..<3, column: 1, of: chunk(), options: options, decoder: &decoder, into: $0)
        }
        #expect(failures.map(\.row) == [1])
        #expect(pixels[..<60].allSatisfy { $0 == 0 })
        #expect(Array(pixels[60...]) == Array(rows[1, 1]))
    }
}
