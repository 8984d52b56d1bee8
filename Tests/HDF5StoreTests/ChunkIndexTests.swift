import HDF5Store
import Memory
import Testing

/// Chunk indexes of the latest format, read without the library (`fixtures/hdf5/indexes`).
@Suite struct ChunkIndexTests {
    static let directory = Fixtures.directory + "indexes/"

    static let datasets: [(file: String, name: String, shape: [Int])] = [
        ("single", "plain", [20, 3]), ("single", "filtered", [20, 3]), ("single", "unwritten", [20, 3]),
        ("implicit", "plain", [30, 4]), ("implicit", "growable", [6, 5]), ("fixed-array", "plain", [300, 2]),
        ("fixed-array", "filtered", [300, 2]), ("fixed-array", "paged", [5000]), ("fixed-array", "growable", [6, 5]),
        ("extensible-array", "plain", [700, 2]), ("extensible-array", "filtered", [700, 2]),
        ("extensible-array", "sparse", [150_000]), ("extensible-array", "second-axis", [6, 40]),
        ("version-two-tree", "plain", [90, 70]), ("version-two-tree", "filtered", [30, 20]),
    ]

    private func isWritten(_ name: String, _ element: Int) -> Bool {
        switch name {
        case "unwritten": false
        case "paged": !(1024..<2048).contains(element) && !(3000..<3010).contains(element)
        case "sparse": (2...17).contains { bit in [-1, 0, 3].contains { min(1 << bit + $0, 149_999) == element } }
        default: true
        }
    }

    @Test(arguments: datasets) func `every chunk is found`(file: String, name: String, shape: [Int]) throws {
        let dataset = try HDF5File(path: Self.directory + file + ".h5").dataset(name)
        #expect(dataset.shape == shape)
        // Only a table knows where the chunks lie.
        #expect(dataset.storedRanges(of: 0..<dataset.rowCount).isEmpty == (name == "unwritten"))
        let expected = (0..<shape.reduce(1, *)).map { element in
            isWritten(name, element) ? Double((element * 7 + 3) % 65521) : 65535
        }
        #expect(try Fixtures.read(dataset, step: 1000) == expected)
        #expect(try Fixtures.read(dataset, step: 7) == expected)
    }

    @Test(arguments: ["x-fixed", "x-extensible", "x-tree", "x-single", "x-implicit"])
    func `compressed chunks of each kind are found`(name: String) throws {
        let dataset = try HDF5File(path: Fixtures.directory + "libver-latest.h5").dataset(name)
        #expect(!dataset.storedRanges(of: 0..<100).isEmpty)
    }

    @Test(arguments: ["single", "implicit", "fixed-array", "extensible-array", "version-two-tree"])
    func `a damaged index gives an error or the data`(file: String) throws {
        let whole = try Bytes.read(Self.directory + file + ".h5")
        let names = Self.datasets.filter { $0.file == file }.map(\.name)
        var refused = 0
        // Blocks of an index start with these letters; every byte of their heads is damaged in turn.
        for signature in ["FAHD", "FADB", "EAHD", "EAIB", "EASB", "EADB", "BTHD", "BTIN", "BTLF"] {
            guard let start = Self.position(of: Array(signature.utf8), in: whole) else { continue }
            for position in start..<min(start + 64, whole.count) {
                var bytes = whole
                bytes[position] ^= 0x41
                let copy = try TemporaryFile(bytes)
                for name in names {
                    do throws(HDF5Error) {
                        _ = try Fixtures.read(HDF5File(path: copy.path).dataset(name), step: 500)
                    } catch {
                        #expect(error.kind == .damaged || error.kind == .corrupt || error.kind == .noObject)
                        refused += 1
                    }
                }
            }
        }
        #expect(refused > 0 || ["single", "implicit"].contains(file))
    }

    private static func position(of signature: [UInt8], in bytes: [UInt8]) -> Int? {
        (0..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == signature }
    }
}
