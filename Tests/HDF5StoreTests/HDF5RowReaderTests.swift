import HDF5Store
import Memory
import Testing

@Suite struct HDF5RowReaderTests {
    /// File, dataset, and whether rows are decoded outside the library.
    static let files: [(String, String, Bool)] =
        [
            ("contiguous", "x", true), ("chunked-none", "x", true), ("chunked-gzip", "x", true),
            ("chunked-shuffle-gzip", "x", true), ("chunked-shuffle-gzip-fletcher32", "x", true),
            ("chunked-fletcher32", "x", true), ("chunked-columns", "x", true), ("chunked-one-row", "x", true),
            ("filter-mask", "x", true), ("filter-lzf", "x", true), ("filter-zstd", "x", true),
            ("filter-blosc", "x", true), ("filter-bitshuffle", "x", true), ("filter-scaleoffset", "x", false),
            ("resized", "x", true), ("compact", "x", false), ("links", "x", true), ("nested", "data/train/x", true),
            ("libver-latest", "x-fixed", true), ("libver-latest", "x-extensible", true),
            ("libver-latest", "x-tree", true), ("libver-latest", "x-single", true),
            ("libver-latest", "x-implicit", true), ("libver-latest", "x-contiguous", true),
        ]
        + ["uint8", "int8", "uint16", "int16", "int32", "uint32", "int64", "uint64"].map { ("types-integer", $0, true) }
        + ["float16", "float32", "float64", "bool"].map { ("types-float-bool", $0, true) }
        + ["big-int32", "big-int64", "big-uint16", "big-float32", "big-float64"].flatMap {
            [("types-big-endian", $0, true), ("types-big-endian-contiguous", $0, true)]
        }

    @Test(arguments: files) func `every variant is read exactly`(file: String, name: String, isDecodedHere: Bool) throws
    {
        let dataset = try HDF5File(path: Fixtures.directory + file + ".h5").dataset(name)
        let type = try #require(dataset.type.scalar)
        #expect(dataset.shape == [100, 6])
        #expect((dataset.libraryReason == nil) == isDecodedHere)
        let expected = (0..<100).flatMap { row in (0..<6).map { Fixtures.value(type, row, $0) } }
        for step in [1, 7, 16, 32, 100] {
            #expect(try Fixtures.read(dataset, step: step) == expected, "rows by \(step)")
        }
        let cache = DecodedChunkCache(byteLimit: 1 << 20)
        #expect(try Fixtures.read(dataset, step: 3, cache: cache) == expected)
        #expect(cache.decodeCount <= dataset.chunkCount)
        let small = DecodedChunkCache(byteLimit: 100)
        #expect(try Fixtures.read(dataset, step: 3, cache: small) == expected)
    }

    @Test(arguments: ["contiguous", "chunked-gzip", "resized", "compact", "links", "libver-latest"])
    func `labels are read exactly`(file: String) throws {
        let dataset = try HDF5File(path: Fixtures.directory + file + ".h5").dataset("y")
        #expect(try Fixtures.read(dataset, step: 9) == (0..<100).map { Double($0 % 10) })
    }

    @Test func `rows of more axes keep their shape`() throws {
        let dataset = try HDF5File(path: Fixtures.directory + "images.h5").dataset("images")
        #expect(dataset.rowShape == [4, 3, 2])
        let values = try Fixtures.read(dataset, step: 13)
        #expect(values == (0..<100).flatMap { row in (0..<24).map { Double(Fixtures.base(row, $0)) } })
    }

    @Test func `what was never written has the fill value`() throws {
        let file = try HDF5File(path: Fixtures.directory + "unallocated.h5")
        let values = try Fixtures.read(file.dataset("x"), step: 10)
        for row in 0..<100 {
            for column in 0..<6 {
                let expected = (32..<48).contains(row) ? Fixtures.value(.float32, row, column) : 2.5
                #expect(values[row * 6 + column] == expected)
            }
        }
        #expect(try Fixtures.read(file.dataset("never"), step: 20) == [Double](repeating: -1, count: 120))
    }

    @Test(arguments: ["chunked-shuffle-gzip", "contiguous"], [512, 2048])
    func `a user block shifts everything`(file: String, length: Int) throws {
        let copy = try TemporaryFile(
            [UInt8](repeating: 9, count: length) + Bytes.read(Fixtures.directory + file + ".h5"))
        let dataset = try HDF5File(path: copy.path).dataset("x")
        let type = try #require(dataset.type.scalar)
        #expect(dataset.libraryReason == nil)
        #expect(
            try Fixtures.read(dataset, step: 16)
                == (0..<100).flatMap { row in (0..<6).map { Fixtures.value(type, row, $0) } })
    }

    @Test(arguments: ["chunked-fletcher32", "chunked-shuffle-gzip-fletcher32", "chunked-gzip"])
    func `a flipped byte in a chunk is found and named`(file: String) throws {
        let whole = try Bytes.read(Fixtures.directory + file + ".h5")
        var found = 0
        // Some bytes are metadata or padding: what matters is that no wrong value comes out as if it were right.
        let expected = (0..<100).flatMap { row in (0..<6).map { Fixtures.value(.int32, row, $0) } }
        for position in stride(from: 800, to: whole.count, by: 37) {
            var bytes = whole
            bytes[position] ^= 0x10
            let copy = try TemporaryFile(bytes)
            do throws(HDF5Error) {
                let dataset = try HDF5File(path: copy.path).dataset("x")
                guard dataset.shape == [100, 6], dataset.type.scalar == .int32 else { continue }
                let values = try Fixtures.read(dataset, step: 16)
                if dataset.filters.contains(where: { $0.id == HDF5Filter.fletcher32 }) { #expect(values == expected) }
            } catch {
                guard error.kind == .corrupt else { continue }
                #expect(error.object == "x" && error.message.contains("chunk at ["))
                found += 1
            }
        }
        #expect(found > 0)
    }
}
