import HDF5Store
import Memory
import Testing

@Suite struct HDF5IdentityTests {
    private func identity(
        seed: Int = 0, rowCount: Int = 4000, columns: Int = 50, chunkRows: Int = 64, level: Int? = 1,
        name: String = "x", padding: Int = 0
    ) throws -> UInt64 {
        let file = try TemporaryFile()
        let writer = try HDF5FileWriter(path: file.path)
        if padding > 0 { try writer.writeFloats("before", shape: [padding], [Float](repeating: 1, count: padding)) }
        let rows = try writer.rows(
            name, type: .uint8, rowShape: Shape([columns]), chunkRows: chunkRows, level: level)
        let bytes = (0..<rowCount * columns).map { UInt8(truncatingIfNeeded: ($0 * 2_654_435_761 >> 7) + seed) }
        try bytes.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in try rows.append(bytes) }
        try rows.finish()
        try writer.commit()
        return try HDF5File(path: file.path).dataset(name).identity()
    }

    @Test(arguments: [nil, 1] as [Int?]) func `a copy is the same data, wherever it lies`(level: Int?) throws {
        let original = try identity(level: level)
        #expect(try identity(level: level) == original)
        #expect(try identity(level: level, name: "group/other", padding: 10_000) == original)
    }

    @Test func `other data has another identity`() throws {
        let all = try [
            identity(), identity(level: nil), identity(seed: 1), identity(seed: 1, level: nil),
            identity(rowCount: 3999),
            identity(rowCount: 2000, columns: 100), identity(chunkRows: 32), identity(level: 9),
        ]
        #expect(Set(all).count == all.count)
    }

    @Test func `every way of storage has an identity`() throws {
        let files = [
            "contiguous", "chunked-none", "chunked-gzip", "chunked-columns", "chunked-one-row", "filter-mask",
            "compact",
            "filter-scaleoffset",
        ]
        let all = try files.map { try HDF5File(path: Fixtures.directory + $0 + ".h5").dataset("x").identity() }
        #expect(Set(all).count == all.count)
        let again = try files.map { try HDF5File(path: Fixtures.directory + $0 + ".h5").dataset("x").identity() }
        #expect(all == again)
    }

    @Test(arguments: [nil, 1] as [Int?]) func `any byte of up to 4 MiB changes it`(level: Int?) throws {
        let file = try TemporaryFile()
        let writer = try HDF5FileWriter(path: file.path)
        let rows = try writer.rows("x", type: .uint8, rowShape: [500], chunkRows: 64, level: level)
        let values = (0..<2000 * 500).map { UInt8(truncatingIfNeeded: $0 * 2_654_435_761 >> 7) }
        try values.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in try rows.append(bytes) }
        try rows.finish()
        try writer.commit()
        let whole = try Bytes.read(file.path)
        let original = try HDF5File(path: file.path).dataset("x")
        let identity = try original.identity()
        for row in stride(from: 0, to: 2000, by: 97) {
            let range = try #require(original.storedRanges(of: row..<row + 1).first)
            var bytes = whole
            bytes[range.lowerBound + (row * 31) % range.count] ^= 1
            let copy = try TemporaryFile(bytes)
            #expect(try HDF5File(path: copy.path).dataset("x").identity() != identity)
        }
    }

    @Test func `a byte that is sampled changes it`() throws {
        let whole = try Bytes.read(Fixtures.directory + "contiguous.h5")
        let original = try HDF5File(path: Fixtures.directory + "contiguous.h5").dataset("x")
        let range = try #require(original.storedRanges(of: 0..<100).first)
        let identity = try original.identity()
        for position in stride(from: range.lowerBound, to: range.upperBound, by: 41) {
            var bytes = whole
            bytes[position] ^= 1
            let copy = try TemporaryFile(bytes)
            #expect(try HDF5File(path: copy.path).dataset("x").identity() != identity)
        }
    }
}
