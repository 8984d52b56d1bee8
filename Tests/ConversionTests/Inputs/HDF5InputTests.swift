import Conversion
import Foundation
import Memory
import Shards
import Testing

@Suite struct HDF5InputTests {
    private static let folder = Inputs.directory + "hdf5/"

    @Test func `numbers, text and lists of several files are one dataset`() throws {
        let input = try makeRowInput(paths: [Self.folder + "text-[01].h5"])
        let rows = try Rows(input)
        #expect(
            Set(input.columns) == [
                ShardColumn("x", .float32, rowShape: [4]), ShardColumn("group/y", .int64),
                ShardColumn(bytes: "words", encoding: .text), ShardColumn(bytes: "fixed", encoding: .text),
                ShardColumn(bytes: "spaces", encoding: .text), ShardColumn(ragged: "lists", .int32),
                ShardColumn(ragged: "big", .float32),
            ])
        #expect(rows.count == 50 && input.rowCount == 50 && rows.rejected.isEmpty)
        for row in 0..<50 {
            #expect(rows.bytes(row, "x") == Inputs.bytes(.float32, row: row, columns: 0..<4))
            #expect(rows.value(row, "group/y", as: Int64.self) == Int64(Inputs.base(row, 0)))
            #expect(rows.bytes(row, "words") == Inputs.word(row))
            #expect(rows.bytes(row, "fixed") == Array("r\(row)".utf8))
            #expect(rows.bytes(row, "spaces") == Array("s\(row)".utf8))
            #expect(rows.bytes(row, "lists") == Inputs.bytes(.int32, row: row, columns: 0..<row % 5))
            let big = rows.bytes(row, "big").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            #expect(big == (0..<row % 5).map { Float(Inputs.base(row, $0) - 125) })
        }
        let last = try #require(rows.pieces.last)
        let rest = try Rows(input, at: last.position)
        #expect(rest.everything == Array(rows.everything.suffix(rest.count)))
    }

    @Test(arguments: ["words", "lists"]) func `a column of text or lists can be alone`(name: String) throws {
        var options = RowInputOptions()
        options.x = [name]
        let rows = try Rows(
            makeRowInput(paths: [Self.folder + "text-0.h5", Self.folder + "text-1.h5"], options: options))
        #expect(rows.count == 50 && rows.chunk.columns.map(\.name) == ["x"])
        for row in 0..<50 {
            let list = Inputs.bytes(.int32, row: row, columns: 0..<row % 5)
            #expect(rows.bytes(row, "x") == (name == "words" ? Inputs.word(row) : list))
        }
    }

    @Test func `the files of the data source come out the same`() throws {
        var options = RowInputOptions()
        options.x = ["images"]
        options.y = ["labels"]
        let digits = Inputs.directory.replacing("conversion/", with: "digits-test.h5")
        let all = try makeRowInput(paths: [digits])
        #expect(all.rowCount == (try Rows(all)).count && all.columns.count == 2)
    }

    @Test func `datasets of differing rows, and compounds, are errors that say what is there`() throws {
        let uneven = #expect(throws: DataErrorAlias.self) { try makeRowInput(paths: [Self.folder + "uneven.h5"]) }
        #expect(uneven?.message.contains("/x (4, 2)") == true && uneven?.message.contains("/y (5,)") == true)
        let compound = #expect(throws: DataErrorAlias.self) { try makeRowInput(paths: [Self.folder + "compound.h5"]) }
        #expect(compound?.dataset == "/table" && compound?.message.contains("compound of 2 fields") == true)
        var options = RowInputOptions()
        options.y = ["labels=y"]
        #expect(try Rows(makeRowInput(paths: [Self.folder + "uneven.h5"], options: options)).count == 5)
    }
}
