import HDF5Store
import Testing

@Suite struct HDF5ProbeTests {
    // A fourth, object-header.h5, is read by a process of its own in the command's tests: there the library reads behind a
    // header, and what lies there in a process that ran other tests before differs from run to run.
    @Test(arguments: ["group-index", "links", "chunk-shape"])
    func `damage that crashes the library is an error`(name: String) throws {
        let file = try HDF5File(path: Fixtures.directory + "damaged/\(name).h5")
        let error = #expect(throws: HDF5Error.self) {
            // Either the list of what is there, or one of the datasets.
            let listings = try file.datasets(triesFirst: true)
            for listing in listings { _ = try file.dataset(listing.name, triesFirst: true) }
        }
        #expect(error?.kind == .damaged)
        for dataset in ["x", "y"] {
            #expect(throws: HDF5Error.self) { try file.dataset("no/\(dataset)", triesFirst: true) }
        }
    }

    @Test func `a group whose links do not decode is listed without a trial`() throws {
        let file = try HDF5File(path: Fixtures.directory + "damaged/links.h5")
        let error = #expect(throws: HDF5Error.self) { try file.datasets() }
        #expect(error?.kind == .damaged)
    }

    @Test func `a trial leaves nothing behind`() throws {
        let file = try HDF5File(path: Fixtures.directory + "chunked-gzip.h5")
        for _ in 0..<20 {
            #expect(try file.datasets(triesFirst: true).count == 2)
            #expect(try file.dataset("x", triesFirst: true).shape == [100, 6])
        }
    }
}
