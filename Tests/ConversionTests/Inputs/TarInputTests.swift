import Conversion
import Foundation
import Memory
import Shards
import Testing

@Suite struct TarInputTests {
    private static let folder = Inputs.directory + "tar/"

    @Test(arguments: ["ustar.tar", "pax.tar", "pax.tar.gz", "pax.tar.zst"]) func `samples by key and extension`(
        name: String
    ) throws {
        var options = RowInputOptions()
        options.keepsKeys = true
        let rows = try Rows(makeRowInput(paths: [Self.folder + name], options: options))
        #expect(
            rows.chunk.columns == [
                ShardColumn(bytes: "jpg", encoding: .image), ShardColumn("cls", .int64),
                ShardColumn(bytes: "txt", encoding: .text), ShardColumn(bytes: "json", encoding: .text),
                ShardColumn("vec.npy", .float32, rowShape: [4]), ShardColumn(bytes: "__key__", encoding: .text),
            ])
        #expect(rows.count == 12 && rows.rejected.isEmpty)
        for row in 0..<12 {
            #expect(rows.bytes(row, "jpg") == [0xff, 0xd8, 0xff] + Array(repeating: UInt8(row), count: row + 1))
            #expect(rows.value(row, "cls", as: Int64.self) == Int64(row % 10))
            #expect(rows.bytes(row, "txt") == Inputs.word(row))
            #expect(rows.bytes(row, "json") == Array("{\"row\": \(row)}".utf8))
            let vector = rows.bytes(row, "vec.npy").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            #expect(vector == (0..<4).map { Float($0 + row) / 8 })
            let digits = row < 10 ? "00\(row)" : "0\(row)"
            let long = row == 3 ? String(repeating: "long-", count: 25) : ""
            #expect(rows.bytes(row, "__key__") == Array("dir/\(long)sample\(digits)".utf8))
        }
    }

    @Test func `archives in braces are one dataset`() throws {
        let rows = try Rows(makeRowInput(paths: [Self.folder + "part-{000..001}.tar"]))
        #expect(
            (0..<rows.count).compactMap { rows.value($0, "cls", as: Int64.self) } == [0, 1, 2, 4, 5, 6, 7, 8, 9, 0, 1])
    }

    @Test func `incomplete and repeated samples are bad rows with their keys`() throws {
        let scratch = try Scratch()
        let bytes =
            TarFile.member("a.cls", [0x31]) + TarFile.member("a.txt", [0x61]) + TarFile.member("b.cls", [0x32])
            + TarFile.member("c.cls", [0x78])
            + TarFile.member("c.txt", []) + TarFile.member("a.cls", [0x33]) + TarFile.member("a.txt", [0x62])
            + TarFile.member("d.cls", [0x34])
            + TarFile.member("d.txt", [0x63]) + TarFile.member("d.extra", [0x64]) + TarFile.end
        let path = try scratch.write(bytes, to: "t.tar")
        let rows = try Rows(makeRowInput(paths: [path]))
        #expect((0..<rows.count).compactMap { rows.value($0, "cls", as: Int64.self) } == [1, 4])
        #expect(rows.rejected.map(\.place) == ["sample b", "sample c", "sample a"])
        #expect(rows.rejected[0].reason == "the file .txt is missing")
        #expect(rows.rejected[1].reason == ".cls: expected an integer, found \"x\"")
    }

    @Test func `reading can begin again at every piece`() throws {
        let scratch = try Scratch()
        let data = [UInt8](repeating: 7, count: 100_000)
        let bytes =
            (0..<40).flatMap {
                TarFile.member("\($0).bin", data + [UInt8($0)]) + TarFile.member("\($0).cls", Array("\($0)".utf8))
            }
            + TarFile.end
        let input = try makeRowInput(paths: [scratch.write(bytes, to: "t.tar")])
        let all = try Rows(input)
        #expect(all.count == 40 && all.pieces.count >= 3)
        for (index, piece) in all.pieces.enumerated() {
            let rest = try Rows(input, at: piece.position)
            #expect(rest.pieces.count == all.pieces.count - index)
            #expect(rest.everything == Array(all.everything.suffix(rest.count)))
        }
    }

    @Test func `pickles are refused unless they are kept`() throws {
        let scratch = try Scratch()
        let path = try scratch.write(TarFile.member("a.pyd", [1, 2]) + TarFile.end, to: "t.tar")
        let error = #expect(throws: DataErrorAlias.self) { try makeRowInput(paths: [path]) }
        #expect(error?.message.contains("pickles") == true)
        var options = RowInputOptions()
        options.keepsPickles = true
        #expect(try Rows(makeRowInput(paths: [path], options: options)).bytes(0, "pyd") == [1, 2])
    }

    @Test func `a large size in binary is read, and refused when it is behind the end`() throws {
        let scratch = try Scratch()
        let size = "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{2}"
        var bytes = TarFile.member("a.bin", [5, 6], size: "\u{0}" + size)
        #expect(bytes[124] == 0)
        bytes[124] = 0x80
        var sum = 8 * 0x20
        for index in 0..<512 where !(148..<156).contains(index) { sum += Int(bytes[index]) }
        let digits = String(sum, radix: 8)
        for (index, byte) in (String(repeating: "0", count: 6 - digits.count) + digits).utf8.enumerated() {
            bytes[148 + index] = byte
        }
        #expect(
            try Rows(makeRowInput(paths: [scratch.write(bytes + TarFile.end, to: "t.tar")])).bytes(0, "bin") == [5, 6])
        let cut = try scratch.write(TarFile.member("a.bin", [5], size: "00000400000") + TarFile.end, to: "u.tar")
        #expect(throws: DataErrorAlias.self) { try makeRowInput(paths: [cut]) }
    }

    @Test(arguments: ["ustar.tar", "pax.tar", "pax.tar.gz", "pax.tar.zst"]) func `damaged archives are named errors`(
        name: String
    ) throws {
        let scratch = try Scratch()
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: Self.folder + name)))
        try damaged(bytes, step: max(17, bytes.count / 200), count: 200) { changed in
            let isNamed = try survives(changed, as: name, in: scratch) { try makeRowInput(paths: [$0]) }
            #expect(isNamed)
        }
    }
}
