import Conversion
import Foundation
import Memory
import Shards
import Testing

@Suite struct CSVInputTests {
    private static let folder = Inputs.directory + "csv/"

    private func csv(
        _ text: String, name: String = "t.csv", _ options: RowInputOptions = RowInputOptions()
    ) throws -> (Rows, path: String, any RowInput) {
        let scratch = try Scratch()
        let path = try scratch.write(text.utf8, to: name)
        let input = try makeRowInput(paths: [path], options: options)
        return (try Rows(input), path, input)
    }

    @Test(arguments: ["iris.csv", "crlf.csv", "iris.tsv", "iris.csv.gz", "iris.csv.zst", "mark.csv"])
    func `numbers are those of pandas, to the last bit`(name: String) throws {
        var options = RowInputOptions()
        options.csv.types = ["b": .number(.float64)]
        let input = try makeRowInput(paths: [Self.folder + name], options: options)
        let rows = try Rows(input)
        let bits = try Inputs.expected("b_float64_bits").compactMap { $0.stringValue.flatMap { UInt64($0) } }
        #expect(
            input.columns == [
                ShardColumn("a", .int64), ShardColumn("b", .float64), ShardColumn(bytes: "species", encoding: .text),
            ])
        #expect(rows.count == 60 && rows.rejected.isEmpty && bits.count == 60)
        for row in 0..<60 {
            #expect(rows.value(row, "a", as: Int64.self) == Int64(Inputs.base(row, 0) - 125))
            #expect(rows.value(row, "b", as: UInt64.self) == bits[row])
        }
    }

    @Test func `a label is numbered by name and features are one vector`() throws {
        var options = RowInputOptions()
        options.y = ["species"]
        let input = try makeRowInput(paths: [Self.folder + "iris.csv"], options: options)
        let rows = try Rows(input)
        let bits = try Inputs.expected("b_float32_bits").compactMap(\.integerValue)
        #expect(input.columns == [ShardColumn("x", .float32, rowShape: [2]), ShardColumn("y", .int64)])
        #expect(input.classNames == ["setosa", "versicolor", "virginica"])
        for row in 0..<60 {
            let x = rows.bytes(row, "x").withUnsafeBytes { Array($0.bindMemory(to: UInt32.self)) }
            #expect(x == [Float(Inputs.base(row, 0) - 125).bitPattern, UInt32(bits[row])])
            #expect(rows.value(row, "y", as: Int64.self) == [0, 2, 1][row % 3])
        }
    }

    @Test func `quoted text keeps newlines, quotes and delimiters`() throws {
        let rows = try Rows(makeRowInput(paths: [Self.folder + "quoted.csv"]))
        let text = try Inputs.expected("text").compactMap(\.stringValue)
        #expect(
            rows.chunk.columns == [
                ShardColumn(bytes: "text", encoding: .text), ShardColumn("n", .int64), ShardColumn("ok", .bool),
            ])
        #expect(rows.count == 60 && rows.rejected.isEmpty)
        for row in 0..<60 {
            #expect(rows.bytes(row, "text") == Array(text[row].utf8))
            #expect(rows.value(row, "n", as: Int64.self) == Int64(row))
            #expect(rows.bytes(row, "ok") == [row % 2 == 0 ? 1 : 0])
        }
    }

    @Test func `words are truth values only when all are`() throws {
        let scratch = try Scratch()
        func columns(_ text: String, _ options: RowInputOptions = RowInputOptions()) throws -> [ShardColumn] {
            try makeRowInput(paths: [scratch.write(text.utf8, to: "t.csv")], options: options).columns
        }
        #expect(try columns("a\nyes\nno\n") == [ShardColumn("a", .bool)])
        #expect(try columns("a\nyes\nmaybe\n") == [ShardColumn(bytes: "a", encoding: .text)])
        #expect(try columns("a\n1\nyes\nmaybe\n") == [ShardColumn(bytes: "a", encoding: .text)])
        var options = RowInputOptions()
        options.y = ["y"]
        let text = try columns("a,b,y\n1,no,0\n2,no,1\n3,unknown,0\n", options)
        #expect(text.contains(ShardColumn(bytes: "b", encoding: .text)), "\(text)")
    }

    @Test func `missing numbers follow the policy`() throws {
        func read(_ missing: CSVOptions.Missing) throws -> Rows {
            var options = RowInputOptions()
            options.csv.missing = missing
            return try Rows(makeRowInput(paths: [Self.folder + "missing.csv"], options: options))
        }
        let nan = try read(.nan)
        #expect(nan.count == 60 && nan.value(5, "f", as: Float.self)?.isNaN == true)
        #expect(nan.value(7, "f", as: Float.self) == 1.75)
        #expect(try read(.value(-1)).value(10, "f", as: Float.self) == -1)
        let skip = try read(.skip)
        #expect(skip.count == 48 && skip.rejected.isEmpty && skip.value(0, "g", as: Int64.self) == 1)
        let fail = try read(.fail)
        #expect(fail.count == 48 && fail.rejected.count == 12)
        #expect(fail.rejected[1].place == "line 7" && fail.rejected[1].reason.contains("column f"))
    }

    @Test func `bad rows are named by line, column and text`() throws {
        let text = "a,b\n1,2\n\n3,x\r\n4\n\"5\n5\",6\n7,8,9\n8,\"a\"b\n10,11"
        let (rows, path, _) = try csv(text, typed("a", .float32))
        #expect(rows.count == 2 && rows.value(1, "a", as: Float.self) == 10)
        #expect(rows.rejected.map(\.place) == ["line 4", "line 5", "line 6", "line 8", "line 9"])
        #expect(rows.rejected[0].description == "\(path): line 4: column b: expected an integer (int64), found \"x\"")
        #expect(rows.rejected[1].reason == "expected 2 fields, found 1")
        #expect(rows.rejected[3].reason == "expected 2 fields, found 3")
    }

    private func typed(_ name: String, _ type: ScalarType) -> RowInputOptions {
        var options = RowInputOptions()
        options.csv.types = [name: .number(type), "b": .number(.int64)]
        return options
    }

    private func csv(_ text: String, _ options: RowInputOptions) throws -> (Rows, path: String, any RowInput) {
        try csv(text, name: "t.csv", options)
    }

    @Test func `without a header columns are numbered`() throws {
        let (rows, _, _) = try csv("5.1,3.5,setosa\n4.9,3.0,virginica\n")
        #expect(rows.chunk.columns.map(\.name) == ["column_0", "column_1", "column_2"] && rows.count == 2)
    }

    @Test func `names that are numbers are a header when one above numbers is not`() throws {
        let (rows, _, _) = try csv("0,1,y\n5.5,3,1\n4.5,2,0\n")
        #expect(rows.chunk.columns.map(\.name) == ["0", "1", "y"] && rows.count == 2)
    }

    @Test func `declared types are checked for range`() throws {
        var options = RowInputOptions()
        options.csv.types = [
            "a": .number(.uint8), "b": .number(.float16), "c": .number(.bfloat16), "d": .number(.uint64),
        ]
        let (rows, _, _) = try csv(
            "a,b,c,d\n255,1.5,3,18446744073709551615\n256,1,1,1\n-1,1,1,1\n1,65504,-2,-1\n", options)
        #expect(rows.count == 1 && rows.rejected.map(\.place) == ["line 3", "line 4", "line 5"])
        #expect(rows.bytes(0, "a") == [255] && rows.bytes(0, "b") == [0, 0x3e] && rows.bytes(0, "c") == [0x40, 0x40])
        #expect(rows.value(0, "d", as: UInt64.self) == UInt64.max)
    }

    @Test func `a stream can begin again at every piece, whatever is quoted`() throws {
        var text = "n,t\n"
        for row in 0..<60_000 {
            text += row % 3 == 0 ? "\(row),\"a\nb,\"\"\(row)\"\"\"\n" : "\(row),5\" pipe and more words\n"
        }
        let (all, _, _) = try csv(text)
        #expect(all.count == 60_000 && all.rejected.isEmpty && all.pieces.count >= 2)
        for row in [0, 1, 29_999, 30_000, 59_999] {
            #expect(all.value(row, "n", as: Int64.self) == Int64(row))
            #expect(all.bytes(row, "t") == Array((row % 3 == 0 ? "a\nb,\"\(row)\"" : "5\" pipe and more words").utf8))
        }
        let scratch = try Scratch()
        let input = try makeRowInput(paths: [scratch.write(text.utf8, to: "t.csv")])
        let rest = try Rows(input, at: all.pieces[1].position)
        #expect(rest.everything == Array(all.everything.suffix(rest.count)) && rest.count < all.count)
    }

    @Test func `several files are one, with one header`() throws {
        let scratch = try Scratch()
        let paths = [
            try scratch.write("a,b\n1,2\n".utf8, to: "0.csv"), try scratch.write("a,b\r\n3,4".utf8, to: "1.csv"),
        ]
        let rows = try Rows(makeRowInput(paths: paths))
        #expect((0..<rows.count).compactMap { rows.value($0, "b", as: Int64.self) } == [2, 4])
        let other = try scratch.write("a,c\n1,2\n".utf8, to: "2.csv")
        #expect(throws: DataErrorAlias.self) { try makeRowInput(paths: [paths[0], other]) }
    }

    @Test(arguments: ["", "\n\n", "a,a\n1,2\n", "a\rb\r1\r", "\u{0}\u{0}"]) func `what is no table is an error`(
        text: String
    ) throws {
        #expect(throws: DataErrorAlias.self) { try csv(text) }
    }

    @Test(arguments: ["iris.csv", "quoted.csv", "iris.csv.gz", "iris.csv.zst"])
    func `damaged files are named errors or bad rows`(
        name: String
    ) throws {
        let scratch = try Scratch()
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: Self.folder + name)))
        var options = RowInputOptions()
        options.y = name == "quoted.csv" ? ["n"] : ["species"]
        try damaged(bytes, step: 11, count: 300) { changed in
            let isNamed = try survives(changed, as: name, in: scratch) {
                try makeRowInput(paths: [$0], options: options)
            }
            #expect(isNamed)
        }
    }
}

@Suite struct CSVNumberTests {
    @Test func `numbers are the nearest float64, as strtod has them`() {
        var state: UInt64 = 7
        let reader = CSVNumber.Reader()
        for round in 0..<200_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // Any float64, numbers of few digits, and digits with an exponent.
            let text =
                switch round % 3 {
                case 0: "\(Double(bitPattern: state))"
                case 1: "\(Double(Int64(bitPattern: state) % 100_000_000) / 1000)"
                default: "\(state >> (state & 31)).\(state & 0xffff)e\(Int(state >> 40) % 60 - 30)"
                }
            guard let expected = Double(text), expected.isFinite else { continue }
            let found = (Array(text.utf8) + [0]).withUnsafeBufferPointer {
                CSVNumber.whole(UnsafeBufferPointer(rebasing: $0.dropLast()), reader)
            }
            if found?.bitPattern != expected.bitPattern { Issue.record("\(text): \(found ?? .nan), not \(expected)") }
        }
    }

    @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "0x10", "1_000", "1 2", "--1", "1.2.3", "infinite", "nano"])
    func `what is no number is none`(text: String) {
        let found = (Array(text.utf8) + [0]).withUnsafeBufferPointer {
            CSVNumber.whole(UnsafeBufferPointer(rebasing: $0.dropLast()), CSVNumber.Reader())
        }
        #expect(found == nil)
    }

    @Test func `short lines are cut into pieces of few rows, so that reasons take little memory`() throws {
        let scratch = try Scratch()
        // Quoted newlines where pieces would end, one record longer than a piece may be, and no newline at the end.
        let lines = (0..<40_000).map { row in
            row == 20_000
                ? "\"" + String(repeating: "\n", count: 9000) + "\",1"
                : row % 3 == 0 ? "bad,1" : row % 8191 < 3 ? "\"\n\",2" : "\(row),3"
        }
        let path = try scratch.write(("a,b\n" + lines.joined(separator: "\n")).utf8, to: "t.csv")
        var options = RowInputOptions()
        options.csv.types = ["a": .number(.int32), "b": .number(.int32)]
        let input = try makeRowInput(paths: [path], options: options)
        let rows = try Rows(input)
        #expect(rows.pieces.count >= 5)
        #expect(rows.count + rows.rejected.count == 40_000 && rows.rejected.count >= 13_334)
        for piece in rows.pieces {
            let chunk = RowChunk(input.columns)
            var rejected: [RejectedRow] = []
            try input.read(piece, into: chunk, rejected: &rejected)
            #expect(chunk.rowCount + rejected.count <= 8192)
        }
        let rest = try Rows(input, at: rows.pieces[2].position)
        #expect(rest.everything == Array(rows.everything.suffix(rest.count)))
        #expect(rest.rejected == Array(rows.rejected.suffix(rest.rejected.count)))
    }
}
