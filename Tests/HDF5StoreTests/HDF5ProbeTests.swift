import HDF5Store
import Testing

@Suite struct HDF5ProbeTests {
    @Test(arguments: ["group-index", "links", "chunk-shape", "object-header"])
    func `damage that crashes the library is an error`(name: String) throws {
        let file = try HDF5File(path: Fixtures.directory + "damaged/\(name).h5")
        var found: HDF5Error?
        do throws(HDF5Error) {
            // Either the list of what is there, or one of the datasets.
            let listings = try file.datasets(triesFirst: true)
            for listing in listings { _ = try file.dataset(listing.name, triesFirst: true) }
        } catch {
            found = error
        }
        // The library reads behind an object header of the wrong size: what lies there, and with it whether it crashes or
        // reads on, differs from run to run. That this process is still there is what matters then.
        if found != nil || name != "object-header" { #expect(found?.kind == .damaged) }
        for dataset in ["x", "y"] {
            #expect(throws: HDF5Error.self) { try file.dataset("no/\(dataset)", triesFirst: true) }
        }
    }

    @Test func `a trial leaves nothing behind`() throws {
        let file = try HDF5File(path: Fixtures.directory + "chunked-gzip.h5")
        for _ in 0..<20 {
            #expect(try file.datasets(triesFirst: true).count == 2)
            #expect(try file.dataset("x", triesFirst: true).shape == [100, 6])
        }
    }
}
