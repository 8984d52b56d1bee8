import Glibc
import HDF5Store
import Memory
import Testing

/// Every file of `fixtures/hdf5/matrix`: layout x filter x type.
@Suite struct HDF5MatrixTests {
    static let files = Fixtures.files(in: "matrix")

    @Test func `the matrix is whole`() {
        #expect(Self.files.count == 80)
    }

    @Test(arguments: files) func `every dataset is read exactly`(name: String) throws {
        let file = try HDF5File(path: Fixtures.directory + "matrix/" + name)
        let names = try file.datasets().map(\.name)
        #expect(names.count(where: { !$0.hasPrefix("/large-") }) == (name.hasPrefix("compact") ? 21 : 23))
        #expect(names.count(where: { $0.hasPrefix("/large-") }) == (name.hasPrefix("rows") ? 2 : 0))
        for dataset in names {
            let dataset = try file.dataset(dataset)
            #expect((dataset.libraryReason == nil) == !name.hasPrefix("compact"), "\(dataset.name)")
            if dataset.name.hasPrefix("/large-") { try checkLarge(dataset) } else { try checkSmall(dataset) }
        }
    }

    private func checkSmall(_ dataset: HDF5Dataset) throws {
        let type = try #require(dataset.type.scalar)
        let name = dataset.name.dropFirst()
        #expect((name.hasPrefix("big-") ? name.dropFirst(4) : name) == type.rawValue)
        #expect(dataset.type.isSwapped == name.hasPrefix("big-"))
        try check(
            dataset, steps: [1, 7, 10, 24],
            (0..<24).flatMap { row in (0..<3).map { Fixtures.value(type, row, $0) } })
    }

    private func checkLarge(_ dataset: HDF5Dataset) throws {
        let isInteger = dataset.type.scalar == .int32
        var expected: [Double] = []
        for row in 0..<1500 {
            for column in 0..<7 {
                expected.append(isInteger ? Double(row / 16 * 5 + column) : Double(row / 16) / 8 + Double(column))
            }
        }
        try check(dataset, steps: [100, 1250, 1500], expected)
    }

    private func check(_ dataset: HDF5Dataset, steps: [Int], _ expected: [Double]) throws {
        for step in steps {
            #expect(try Fixtures.read(dataset, step: step) == expected, "\(dataset.name), rows by \(step)")
            for limit in [100, 1 << 20] {
                let cache = DecodedChunkCache(byteLimit: limit)
                #expect(
                    try Fixtures.read(dataset, step: step, cache: cache) == expected,
                    "\(dataset.name), rows by \(step), cache of \(limit) bytes")
            }
        }
    }
}

extension Fixtures {
    /// The names of the HDF5 files in a folder below `directory`, in the order of names.
    static func files(in folder: String) -> [String] {
        guard let stream = opendir(directory + folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".h5") { names.append(name) }
        }
        return names.sorted()
    }
}
