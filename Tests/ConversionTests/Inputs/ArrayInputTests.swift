import Conversion
import Foundation
import Memory
import Shards
import Testing

@Suite struct ArrayInputTests {
    private static let numpy = Inputs.directory + "numpy/"
    private static let idx = Inputs.directory + "idx/"

    @Test(arguments: ScalarType.allCases.filter { $0 != .bfloat16 })
    func `every number type of NumPy in both byte orders`(
        type: ScalarType
    ) throws {
        for name in ["\(type)", "\(type)-big"] where name == "\(type)" || type.byteCount > 1 {
            let rows = try Rows(makeRowInput(paths: [Self.numpy + name + ".npy"]))
            #expect(rows.chunk.columns == [ShardColumn(name, type, rowShape: [3])])
            #expect(rows.count == 20)
            for row in 0..<20 { #expect(rows.bytes(row, name) == Inputs.bytes(type, row: row, columns: 0..<3)) }
        }
    }

    @Test func `rows behind four gibibytes of a file`() throws {
        let scratch = try Scratch()
        let count = (4 << 30) / 8 + 1000
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(count), 2), }"
        let text = header + String(repeating: " ", count: 127 - 10 - header.count) + "\n"
        let head = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
        let path = try scratch.write(head, to: "sparse.npy")
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.seek(toOffset: UInt64(head.count + 8 * (count - 1)))
        try handle.write(contentsOf: withUnsafeBytes(of: (Float(3), Float(4))) { Data($0) })
        let input = try makeRowInput(paths: [path])
        #expect(input.rowCount == count && input.byteCount == head.count + 8 * count)
        let rows = try Rows(input, at: [count - 3])
        #expect(rows.count == 3 && rows.bytes(0, "sparse").allSatisfy { $0 == 0 })
        #expect(rows.bytes(2, "sparse") == withUnsafeBytes(of: (Float(3), Float(4))) { Array($0) })
    }

    @Test func `column-major arrays come out by rows`() throws {
        let rows = try Rows(makeRowInput(paths: [Self.numpy + "fortran.npy"]))
        #expect(rows.column("fortran") == ShardColumn("fortran", .float32, rowShape: [3, 4]))
        for row in 0..<20 {
            #expect(rows.bytes(row, "fortran") == Inputs.bytes(.float32, row: row, columns: 0..<12))
        }
    }

    @Test(arguments: 1...3) func `every version of the header`(version: Int) throws {
        let rows = try Rows(makeRowInput(paths: [Self.numpy + "version-\(version).npy"]))
        for row in 0..<20 {
            #expect(rows.bytes(row, "version-\(version)") == Inputs.bytes(.float32, row: row, columns: 0..<3))
        }
    }

    @Test func `text of characters and of bytes`() throws {
        let rows = try Rows(makeRowInput(paths: [Self.numpy + "words.npy", Self.numpy + "bytes.npy"]))
        #expect(
            rows.chunk.columns == [
                ShardColumn(bytes: "words", encoding: .text), ShardColumn(bytes: "bytes", encoding: .text),
            ])
        for row in 0..<20 {
            #expect(rows.bytes(row, "words") == Inputs.word(row))
            #expect(rows.bytes(row, "bytes") == Inputs.word(row))
        }
    }

    @Test func `structures become a column for each field`() throws {
        let rows = try Rows(makeRowInput(paths: [Self.numpy + "record.npy"]))
        #expect(
            rows.chunk.columns == [
                ShardColumn("id", .int32), ShardColumn("p", .float32, rowShape: [2]),
                ShardColumn(bytes: "s", encoding: .text), ShardColumn("big", .uint16),
            ])
        for row in 0..<20 {
            #expect(rows.bytes(row, "id") == Inputs.bytes(.int32, row, 0))
            #expect(rows.bytes(row, "p") == Inputs.bytes(.float32, row: row, columns: 0..<2))
            #expect(rows.bytes(row, "s") == Array("r\(row)".utf8))
            #expect(rows.bytes(row, "big") == Inputs.bytes(.uint16, row, 0))
        }
        let aligned = try Rows(makeRowInput(paths: [Self.numpy + "aligned.npy"]))
        for row in 0..<20 {
            #expect(aligned.bytes(row, "a") == Inputs.bytes(.uint8, row, 0))
            #expect(aligned.bytes(row, "b") == Inputs.bytes(.float64, row, 0))
        }
    }

    @Test(arguments: ["stored", "deflated", "zip64"]) func `archives of arrays`(name: String) throws {
        let input = try makeRowInput(paths: [Self.numpy + name + ".npz"])
        let rows = try Rows(input)
        #expect(rows.column("x") == ShardColumn("x", .float32, rowShape: [2, 3]))
        #expect(rows.count == 20)
        for row in 0..<20 {
            #expect(rows.bytes(row, "x") == Inputs.bytes(.float32, row: row, columns: 0..<6))
            #expect(rows.bytes(row, "y") == Inputs.bytes(.int64, row, 0))
        }
    }

    @Test func `columns can be chosen and renamed`() throws {
        var options = RowInputOptions()
        options.x = ["float32"]
        options.y = ["label=vector"]
        let paths = [Self.numpy + "int8.npy", Self.numpy + "vector.npy", Self.numpy + "float32.npy"]
        let rows = try Rows(makeRowInput(paths: paths, options: options))
        #expect(rows.chunk.columns == [ShardColumn("x", .float32, rowShape: [3]), ShardColumn("label", .int64)])
    }

    @Test(arguments: [
        ("objects.npy", "pickle"), ("complex.npy", "complex"), ("times.npy", "astype('i8')"),
        ("scalar.npy", "single value"),
    ]) func `what is no column is refused with what to do`(name: String, words: String) throws {
        let error = #expect(throws: DataErrorAlias.self) { try makeRowInput(paths: [Self.numpy + name]) }
        #expect(error?.message.contains(words) == true && error?.file == Self.numpy + name)
    }

    @Test func `arrays of differing rows are an error that lists them`() throws {
        let paths = [Self.numpy + "float32.npy", Self.idx + "none"]
        #expect(throws: DataErrorAlias.self) { try makeRowInput(paths: paths) }
        let scratch = try Scratch()
        var short = [UInt8](try Data(contentsOf: URL(filePath: Self.numpy + "vector.npy")))
        let text = String(decoding: short[..<128], as: Unicode.ASCII.self).replacing("(20,), ", with: "(10,), ")
        short = [0x93] + Array(text.utf8.dropFirst(3)) + short[128..<208]
        let path = try scratch.write(short, to: "short.npy")
        let error = #expect(throws: DataErrorAlias.self) {
            try makeRowInput(paths: [Self.numpy + "vector.npy", path])
        }
        #expect(error?.message.contains("short: 10 rows") == true)
    }

    @Test(arguments: ["uint8", "int8", "int16", "int32", "float32", "float64"]) func `every type of IDX`(name: String)
        throws
    {
        let type = try #require(ScalarType(rawValue: name))
        let rows = try Rows(makeRowInput(paths: [Self.idx + name + ".idx"]))
        #expect(rows.chunk.columns == [ShardColumn(name, type, rowShape: [2, 3])])
        for row in 0..<20 { #expect(rows.bytes(row, name) == Inputs.bytes(type, row: row, columns: 0..<6)) }
    }

    @Test(arguments: [
        "train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte t10k-labels-idx1-ubyte",
    ])
    func `MNIST's files are x and y, compressed or not`(names: String) throws {
        let rows = try Rows(makeRowInput(paths: names.split(separator: " ").map { Self.idx + $0 }))
        #expect(rows.chunk.columns == [ShardColumn("x", .uint8, rowShape: [2, 3]), ShardColumn("y", .uint8)])
        for row in 0..<20 {
            #expect(rows.bytes(row, "x") == Inputs.bytes(.uint8, row: row, columns: 0..<6))
            #expect(rows.bytes(row, "y") == Inputs.bytes(.uint8, row, 0))
        }
    }

    @Test func `reading can begin again at every piece`() throws {
        let scratch = try Scratch()
        let plain = Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) })
        let dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (3000, 200), }"
        let values = (0..<600_000).flatMap { row in withUnsafeBytes(of: Float(row)) { Array($0) } }
        let header = plain + [1, 0, UInt8(dictionary.utf8.count), 0] + Array(dictionary.utf8)
        let input = try makeRowInput(paths: [scratch.write(header + values, to: "a.npy")])
        let all = try Rows(input)
        #expect(all.pieces.count == 3 && all.count == 3000)
        let rest = try Rows(input, at: all.pieces[1].position)
        #expect(rest.everything == Array(all.everything[all.pieces[1].position[0]...]))
        #expect(all.bytes(2999, "a") == Array(values.suffix(800)))
    }

    @Test func `a wrong checksum of an archive is found`() throws {
        let scratch = try Scratch()
        for name in ["stored", "zip64"] {
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: Self.numpy + name + ".npz")))
            bytes[300] ^= 1
            let input = try makeRowInput(paths: [scratch.write(bytes, to: name + ".npz")])
            let error = #expect(throws: DataErrorAlias.self) { try Rows(input) }
            #expect(error?.message.contains("CRC-32") == true)
        }
    }

    @Test(arguments: [
        "numpy/float32.npy", "numpy/record.npy", "numpy/fortran.npy", "numpy/stored.npz", "numpy/deflated.npz",
        "numpy/zip64.npz", "idx/int16.idx", "idx/t10k-images-idx3-ubyte", "idx/train-images-idx3-ubyte.gz",
    ]) func `damaged files are named errors`(name: String) throws {
        let scratch = try Scratch()
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: Inputs.directory + name)))
        let file = name.split(separator: "/").last.map(String.init) ?? name
        try damaged(bytes, step: 13, count: 300) { changed in
            let isNamed = try survives(changed, as: file, in: scratch) { try makeRowInput(paths: [$0]) }
            #expect(isNamed)
        }
    }
}
