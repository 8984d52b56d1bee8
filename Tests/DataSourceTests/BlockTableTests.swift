import DataSource
import Testing

@Suite struct BlockTableTests {
    @Test func `the last block is shorter when rows are left over`() {
        let table = BlockTable(rowCount: 100, rowsPerBlock: 7)
        #expect(table.count == 15 && table.rowCount == 100 && table.largestRowCount == 7)
        #expect(table[0] == 0..<7 && table[13] == 91..<98 && table[14] == 98..<100)
        #expect(BlockTable(rowCount: 5, rowsPerBlock: 100).largestRowCount == 5)
        #expect(BlockTable(rowCount: 0, rowsPerBlock: 7).count == 0)
    }

    @Test func `tables of the same blocks are equal, however they are made`() {
        #expect(BlockTable(bounds: [0, 7, 14, 20]) == BlockTable(rowCount: 20, rowsPerBlock: 7))
        #expect(BlockTable(bounds: [0, 7, 14, 22]) != BlockTable(rowCount: 22, rowsPerBlock: 7))
        #expect(BlockTable(bounds: [0, 20]) == BlockTable(rowCount: 20, rowsPerBlock: 50))
        #expect(BlockTable(bounds: [0]) == BlockTable(rowCount: 0, rowsPerBlock: 3))
    }

    @Test(arguments: [
        BlockTable(rowCount: 100, rowsPerBlock: 7), BlockTable(bounds: [0, 1, 30, 31, 64, 100]),
        BlockTable(rowCount: 100, rowsPerBlock: 100),
    ]) func `every row lies in the block that is found for it, also in a range`(table: BlockTable) {
        for row in 0..<100 { #expect(table[table.index(of: row)].contains(row)) }
        for range in [0..<100, 10..<31, 6..<7, 93..<100, 0..<1, 5..<5] {
            let part = table.rows(range)
            #expect(part.rowCount == range.count)
            for row in 0..<part.rowCount {
                let block = table[table.index(of: range.lowerBound + row)].clamped(to: range)
                let shifted = block.lowerBound - range.lowerBound..<block.upperBound - range.lowerBound
                #expect(part[part.index(of: row)] == shifted)
            }
        }
    }
}
