import HDF5Store
import Memory
import Testing

/// Data that is not where the dataset is: other files, behind a user block, in the header.
@Suite struct HDF5PlaceTests {
    private let special = Fixtures.directory + "special/"
    private let expected = (0..<100).flatMap { row in (0..<6).map { Fixtures.value(.int32, row, $0) } }

    @Test func `a virtual dataset goes through the library`() throws {
        let dataset = try HDF5File(path: special + "virtual.h5").dataset("x")
        #expect(dataset.libraryReason == "virtual layout")
        for step in [1, 33, 100] { #expect(try Fixtures.read(dataset, step: step) == expected) }
    }

    @Test func `external files go through the library`() throws {
        let data = try TemporaryFile(try Bytes.read(special + "external.raw"))
        let copy = try TemporaryFile(HDF5PartsTests.external(data.path))
        let dataset = try HDF5File(path: copy.path).dataset("x")
        #expect(dataset.libraryReason == "in external files layout")
        for step in [7, 100] { #expect(try Fixtures.read(dataset, step: step) == expected) }
    }

    @Test(arguments: ["contiguous", "chunked", "zstd"])
    func `a user block shifts every kind of address`(name: String) throws {
        let dataset = try HDF5File(path: special + "user-block.h5").dataset(name)
        #expect(dataset.libraryReason == nil)
        for step in [7, 100] { #expect(try Fixtures.read(dataset, step: step) == expected) }
    }

    @Test func `a link leads to chunks of a file in another folder`() throws {
        let dataset = try HDF5File(path: special + "external-link.h5").dataset("x")
        #expect(dataset.libraryReason == nil && dataset.filters.map(\.name) == ["shuffle", "zstd"])
        #expect(
            try Fixtures.read(dataset, step: 7)
                == (0..<24).flatMap { row in (0..<3).map { Fixtures.value(.int32, row, $0) } })
    }
}
