import Conversion
import DataSource
import Foundation
import HDF5Store
import Memory
import Shards
import Testing

/// Text columns hold UTF-8, whatever they come from.
@Suite struct TextTests {
    private let latin: [UInt8] = Array("caf".utf8) + [0xe9]

    private func rows(_ bytes: [UInt8], _ name: String) throws -> Rows {
        let scratch = try Scratch()
        return try Rows(makeRowInput(paths: [scratch.write(bytes, to: name)]))
    }

    @Test func `a field of CSV in another encoding is a bad row`() throws {
        let text = Array("n,t\n1,café\n2,".utf8) + latin + Array("\n3,\"".utf8) + latin + Array("\"\n4,d\n".utf8)
        let found = try rows(text, "t.csv")
        #expect(found.count == 2 && found.bytes(0, "t") == Array("café".utf8))
        #expect(found.rejected.map(\.place) == ["line 3", "line 4"])
        #expect(found.rejected[0].reason.contains("column t: expected text in UTF-8, found the byte 0xe9 at offset 3"))
    }

    @Test func `a text file of an archive likewise`() throws {
        let found = try rows(
            TarFile.member("a.txt", Array("é".utf8)) + TarFile.member("b.txt", latin) + TarFile.end, "t.tar")
        #expect(found.count == 1 && found.rejected.map(\.place) == ["sample b"])
    }

    @Test func `bytes of NumPy likewise`() throws {
        var header = "{'descr': '|S4', 'fortran_order': False, 'shape': (3,), }"
        header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8)
        let found = try rows(bytes + Array("ab\0\0".utf8) + latin + Array("cd\0\0".utf8), "words.npy")
        #expect((0..<found.count).map { found.bytes($0, found.chunk.columns[0].name) } == [[97, 98], [99, 100]])
        #expect(found.rejected.map(\.place) == ["row 1"])
        #expect(found.rejected[0].file.hasSuffix("words.npy"))
    }

    @Test func `strings of HDF5 likewise`() throws {
        let scratch = try Scratch()
        let copy = scratch.path + "copy.h5"
        try FileManager.default.copyItem(atPath: Inputs.directory + "hdf5/text-0.h5", toPath: copy)
        let whole = try Rows(makeRowInput(paths: [copy]))
        #expect(whole.rejected.isEmpty)
        // The first byte of a character of two bytes becomes one that begins nothing.
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: copy)))
        let word = Array("grün".utf8)
        var changed = 0
        for place in 0..<bytes.count - word.count where bytes[place..<place + word.count].elementsEqual(word) {
            bytes[place + 2] = 0xff
            changed += 1
        }
        try #require(changed > 0)
        let damaged = try Rows(makeRowInput(paths: [scratch.write(bytes, to: "damaged.h5")]))
        #expect(!damaged.rejected.isEmpty && damaged.rejected.count <= changed)
        #expect(damaged.count + damaged.rejected.count == whole.count)
        #expect(damaged.rejected.allSatisfy { $0.place.hasPrefix("row ") && $0.reason.contains("UTF-8") })
    }

    @Test(
        arguments: [
            [0xc0, 0x80], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80],
            [0xe2, 0x82], [0xf0, 0x8f, 0xbf, 0xbf],
        ] as [[UInt8]]) func `what Unicode forbids is refused`(bytes: [UInt8]) throws
    {
        let found = try rows(TarFile.member("a.txt", [97]) + TarFile.member("b.txt", bytes) + TarFile.end, "t.tar")
        #expect(found.rejected.map(\.place) == ["sample b"])
        #expect(String(validating: bytes, as: UTF8.self) == nil)
    }

    @Test func `every character is taken`() throws {
        let scalars = [0x24, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x3ffff, 0x40000, 0x10ffff]
        let text = scalars.compactMap { Unicode.Scalar(UInt32($0)).map(String.init) }.joined()
        let found = try rows(TarFile.member("a.txt", Array(text.utf8)) + TarFile.end, "t.tar")
        #expect(found.count == 1 && found.bytes(0, "txt") == Array(text.utf8))
    }
}
