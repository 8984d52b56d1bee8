import HDF5Store
import Testing

/// Damage that makes a filter of the library give less than a chunk, behind which the library would read on.
@Suite struct HDF5LibraryFilterTests {
    private static let path = Fixtures.directory + "special/library-filters.h5"

    @Test(arguments: [
        // 96 elements of a chunk, in the third place, after two others.
        ("nbit", [8, 0, 0, 0, 1, 0, 0, 0, 96, 0, 0, 0], 8), ("scaleoffset", [2, 0, 0, 0, 0, 0, 0, 0, 96, 0, 0, 0], 8),
    ])
    func `parameters that are not those of a chunk are an error`(name: String, pattern: [UInt8], place: Int) throws {
        let error = try error(of: name, replacing: pattern, at: place, by: 95)
        #expect(error?.kind == .damaged && error?.message.contains("expected") == true)
    }

    @Test(arguments: [
        // 384 decoded bytes; 14 bits of an element and 8 bytes of their offset.
        ("szip", [0x80, 1, 0, 0], 0, "expected 384 decoded bytes"), ("scaleoffset", [14, 0, 0, 0, 8], 0, "at least"),
    ])
    func `stored bytes that decode to less than a chunk are an error`(
        name: String, pattern: [UInt8], place: Int, message: String
    ) throws {
        let error = try error(of: name, replacing: pattern, at: place, by: 31)
        #expect(error?.kind == .corrupt && error?.message.contains(message) == true, "\(String(describing: error))")
        #expect(error?.message.contains("chunk at [") == true)
    }

    // What reading a dataset gives when one byte is changed wherever the pattern occurs in the file.
    private func error(
        of name: String, replacing pattern: [UInt8], at place: Int, by value: UInt8
    ) throws -> HDF5Error? {
        var bytes = try Bytes.read(Self.path)
        let starts = bytes.indices.dropLast(pattern.count).filter { bytes[$0...].starts(with: pattern) }
        try #require(!starts.isEmpty)
        for start in starts { bytes[start + place] = value }
        let copy = try TemporaryFile(bytes)
        return #expect(throws: HDF5Error.self) {
            let dataset = try HDF5File(path: copy.path).dataset(name)
            _ = try Fixtures.read(dataset, step: 100)
        }
    }
}
