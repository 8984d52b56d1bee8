import HDF5Store
import Memory
import Testing

/// Pipelines of filters: any order, chunks that skip some, parameters that make no sense, and filters of others.
@Suite struct HDF5FilterTests {
    private let special = Fixtures.directory + "special/"
    private let expected = (0..<100).flatMap { row in (0..<6).map { Fixtures.value(.int32, row, $0) } }

    @Test(arguments: ["pipelines", "filter-masks"])
    func `filters in any order are undone, and skipped ones are not`(file: String) throws {
        let file = try HDF5File(path: special + file + ".h5")
        let names = try file.datasets().map(\.name)
        #expect(names.count == (file.path.hasSuffix("pipelines.h5") ? 14 : 6))
        for name in names {
            let dataset = try file.dataset(name)
            #expect(dataset.libraryReason == nil)
            for step in [7, 32, 100] {
                #expect(try Fixtures.read(dataset, step: step) == expected, "\(name), rows by \(step)")
            }
        }
    }

    @Test func `scratch memory is what the stages need and no more`() throws {
        // Buffers between stages, their bytes, bytes of a bit shuffle's blocks; chunks of 10,000 bytes.
        let plans = [
            "gzip+gzip": (1, 10_000 + 1250 + 78 + 64, 0), "fletcher32+gzip": (1, 10_004, 0),
            "shuffle+fletcher32": (0, 0, 0), "zstd+fletcher32": (0, 0, 0), "gzip+shuffle": (1, 11_392, 0),
            "shuffle+lzf+fletcher32": (1, 10_000, 0), "bitshuffle+gzip": (1, 10_000 + 39 + 3 * 68 + 12, 2 * 8192),
            "zstd+zstd+gzip": (2, 10_000 + 39 + 128 + 39 + 128, 0), "shuffle+blosc+fletcher32": (1, 10_000, 0),
        ]
        let file = try HDF5File(path: special + "pipelines.h5")
        for (name, expected) in plans {
            let filters = try file.dataset(name).filters
            let plan = FilterPlan(filters: filters, elementSize: 4, chunkBytes: 10_000)
            #expect(plan.bufferCount == expected.0 && plan.blockBytes == expected.2, "\(name)")
            #expect(plan.bufferCount == 0 || plan.bufferBytes == expected.1, "\(name): \(plan.bufferBytes)")
            #expect(
                plan.scratchBytes == plan.bufferCount * plan.bufferBytes + plan.blockBytes + plan.libraryBytes)
            #expect((plan.libraryBytes > 0) == (name.contains("zstd") || name.contains("blosc")), "\(name)")
        }
    }

    @Test(arguments: ["szip", "nbit", "scaleoffset"])
    func `filters that are built into the library go through it`(name: String) throws {
        let dataset = try HDF5File(path: special + "library-filters.h5").dataset(name)
        #expect(dataset.libraryReason?.contains("filter \(name) (") == true)
        for step in [7, 100] { #expect(try Fixtures.read(dataset, step: step) == expected) }
    }

    @Test func `edge chunks that skip the filters go through the library`() throws {
        let dataset = try HDF5File(path: special + "unfiltered-edges.h5").dataset("x")
        #expect(dataset.libraryReason?.contains("edge chunks") == true)
        for step in [7, 100] { #expect(try Fixtures.read(dataset, step: step) == expected) }
    }

    @Test(arguments: [("blosc2", 32026), ("bzip2", 307), ("zfp", 32013)])
    func `a filter of others needs the library's plugin, and is named without`(name: String, id: Int) throws {
        let file = try HDF5File(path: special + "plugin-\(name).h5")
        #expect(try file.datasets().first?.description.hasSuffix("\(name) (\(id))") == true)
        do throws(HDF5Error) {
            // Where the plugin is installed, the library uses it.
            let dataset = try file.dataset("x")
            #expect(dataset.libraryReason == "filter \(name) (\(id))")
            let values = (0..<100).flatMap { row in (0..<6).map { Fixtures.value(.float32, row, $0) } }
            #expect(try Fixtures.read(dataset, step: 7) == values)
        } catch {
            #expect(error.kind == .unsupported)
            for text in ["filter \(name) (id \(id)) is not supported", "HDF5_PLUGIN_PATH", "h5repack -f GZIP=4"] {
                #expect(error.message.contains(text))
            }
        }
    }

    /// File, the parameters that are there (32-bit numbers), what replaces them, and the error's text.
    @Test(
        arguments: [
            ("bitshuffle", [4, 0, 2], [0, 0, 2], "element size above 0"),
            ("bitshuffle", [4, 0, 2], [4, 4, 2], "a multiple of 8"),
            ("bitshuffle", [4, 0, 2], [4, 0, 7], "no compression (0), lz4 (2) or zstd (3)"),
            ("bitshuffle", [4, 0, 2], [0x8000_0000, 0xffff_fff8, 2], "element size above 0"),
            ("blosc", [384, 5, 1, 1], [384, 5, 1, 9], "expected a codec from 0 to 5 in the seventh place, found 9"),
        ] as [(String, [UInt32], [UInt32], String)])
    func `parameters that make no sense are named when the file is opened`(
        name: String, parameters: [UInt32], replacement: [UInt32], text: String
    ) throws {
        var bytes = try Bytes.read(Fixtures.directory + "filter-\(name).h5")
        let old = parameters.flatMap(littleEndian)
        let places = bytes.indices.dropLast(old.count).filter { bytes[$0..<$0 + old.count].elementsEqual(old) }
        let place = try #require(places.count == 1 ? places.first : nil)
        bytes.replaceSubrange(place..<place + old.count, with: replacement.flatMap(littleEndian))
        let copy = try TemporaryFile(bytes)
        let error = #expect(throws: HDF5Error.self) { try HDF5File(path: copy.path).dataset("x") }
        #expect(error?.kind == .unsupported && error?.object == "x")
        #expect(error?.message.contains("filter \(name) (id ") == true && error?.message.contains(text) == true)
    }

    private func littleEndian(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
