import DataSource
import Testing

@Suite struct BlockTableTests {
    @Test func `blocks cover the rows`() {
        let table = BlockTable(rowCount: 10, rowsPerBlock: 4)
        #expect((0..<table.count).map { table[$0] } == [0..<4, 4..<8, 8..<10])
        #expect(table.largestRowCount == 4)
        #expect(BlockTable(rowCount: 0, rowsPerBlock: 4).count == 0)
    }

    @Test func `a range cuts the first and last block`() {
        let table = BlockTable(rowCount: 10, rowsPerBlock: 4).rows(3..<9)
        #expect((0..<table.count).map { table[$0] } == [0..<1, 1..<5, 5..<6])
        #expect(BlockTable(rowCount: 10, rowsPerBlock: 4).rows(4..<4).rowCount == 0)
    }
}
