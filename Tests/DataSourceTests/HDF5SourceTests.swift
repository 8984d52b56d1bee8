import DataSource
import HDF5Store
import Memory
import Testing

@Suite struct HDF5SourceTests {
    private func rows(_ source: some Source, shuffle: ShufflePolicy = .none) throws -> [(x: [Float], y: [Int32])] {
        var all: [(x: [Float], y: [Int32])] = []
        let stream = try source.batches(of: 9, shuffle: shuffle)
        while let batch = try stream.next() {
            let x = batch.inputs[0]
            let width = x.rowShape.elementCount
            for row in 0..<batch.rowCount {
                all.append(
                    (
                        Array(x.floats[(row * width)..<((row + 1) * width)]),
                        batch.targets.isEmpty ? [] : [batch.targets[0].integers[row]]
                    ))
            }
        }
        return all
    }

    private func message(_ body: () throws(DataError) -> Void) -> String {
        do throws(DataError) {
            try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        "contiguous", "chunked-none", "chunked-gzip", "chunked-shuffle-gzip-fletcher32", "chunked-columns",
        "chunked-one-row", "compact", "filter-scaleoffset", "resized", "links",
    ])
    func `rows and labels belong together in every order`(file: String) throws {
        let source = try HDF5Source(Fixtures.hdf5(file))
        #expect(source.rowCount == 100 && source.inputs[0].rowShape == [6] && source.targets[0].rowShape == [])
        let wide = source.inputs[0].type != .uint8
        func expected(_ row: Int) -> [Float] {
            (0..<6).map { column in
                let b = Float((row * 7 + column * 3) % 251)
                return wide ? (b - 125) * 100 : b
            }
        }
        let plain = try rows(source)
        #expect(plain.map(\.x) == (0..<100).map(expected))
        #expect(plain.map(\.y) == (0..<100).map { [Int32($0 % 10)] })
        let shuffled = try rows(source, shuffle: .window)
        #expect(Set(shuffled.map(\.x)) == Set(plain.map(\.x)) && shuffled.map(\.x) != plain.map(\.x))
        let labels = Dictionary(uniqueKeysWithValues: plain.map { ($0.x, $0.y) })
        for row in shuffled { #expect(labels[row.x] == row.y) }
        #expect(try rows(source.rows(30..<41)).map(\.x) == (30..<41).map(expected))
    }

    @Test func `well-known names and the only pair are found`() throws {
        let images = try HDF5Source(Fixtures.hdf5("images"))
        #expect(images.inputs[0].name == "images" && images.targets[0].name == "labels")
        let nested = try HDF5Source(Fixtures.hdf5("nested"), x: "/data/valid/x", y: "data/valid/y")
        #expect(nested.rowCount == 20)
        let weighted = try HDF5Source(
            Fixtures.hdf5("images"), x: ["images"], y: ["labels", "weight"], sampleWeight: "weight")
        #expect(weighted.sampleWeight?.name == "weight" && weighted.targets.count == 2)
        let alone = try HDF5Source(Fixtures.hdf5("images"), x: "images", requiresTargets: false)
        #expect(alone.targets.isEmpty)
        #expect(try rows(alone).count == 100)
    }

    @Test func `what cannot be chosen is listed`() {
        let unclear = message { () throws(DataError) in _ = try HDF5Source(Fixtures.hdf5("types-integer")) }
        #expect(unclear.contains("cannot tell which dataset is x and y"))
        #expect(unclear.contains("/uint16 (100, 6) uint16, chunks (32, 6), shuffle + deflate"))
        let missing = message { () throws(DataError) in
            _ = try HDF5Source(Fixtures.hdf5("images"), x: "pictures", y: "labels")
        }
        #expect(missing.contains("pictures: there is no such dataset") && missing.contains("/labels (100,) int64"))
    }

    @Test func `data that cannot be trained on are refused with the reason`() {
        let lengths = message { () throws(DataError) in _ = try HDF5Source(Fixtures.hdf5("different-lengths")) }
        #expect(lengths.contains("found x with 100 and y with 99"))
        for (name, text) in [
            ("x", "string of variable length"), ("fixed", "string of 8 bytes"), ("record", "compound"),
        ] {
            let found = message { () throws(DataError) in
                _ = try HDF5Source(Fixtures.hdf5("not-numbers"), x: name, y: "y")
            }
            #expect(found.contains(text))
        }
        let scalar = message { () throws(DataError) in _ = try HDF5Source(Fixtures.hdf5("scalar"), x: "x", y: "y") }
        #expect(scalar.contains("expected rows, found a single value"))
        let filter = message { () throws(DataError) in
            _ = try HDF5Source(Fixtures.hdf5("special/plugin-bzip2"))
        }
        #expect(filter.contains("filter bzip2 (id 307) is not supported"))
        let empty = message { () throws(DataError) in
            _ = try HDF5Source(Fixtures.hdf5("empty")).batches(of: 4)
        }
        #expect(empty.contains("expected at least one row"))
        let gone = #expect(throws: DataError.self) { _ = try HDF5Source(Fixtures.root + "no-such-directory/x.h5") }
        #expect(gone?.kind == .fileUnavailable)
    }

    @Test func `labels in large chunks are decoded once`() throws {
        let output = TemporaryPath("labels.h5")
        try writeNumberedFile(output.path, rowCount: 5000, chunkRows: 300, labelChunkRows: 1024)
        let source = try HDF5Source(output.path)
        #expect(source.blocks[0] == 0..<300)
        var options = BatchOptions()
        options.batchSize = 100
        options.windowBytes = 100_000
        options.epochs = 0..<3
        options.decodeWorkers = 4
        let stream = try BatchStream(source, options: options)
        var seen = [Int](repeating: 0, count: 5000)
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount {
                let label = Int(batch.targets[0].integers[row])
                seen[label] += 1
                #expect(batch.inputs[0].floats[row * 64 + 63] == Float(UInt8(truncatingIfNeeded: label)))
            }
        }
        #expect(seen.allSatisfy { $0 == 3 })
        #expect(source.sharedChunksDecoded == 5)
    }

    @Test func `a corrupt chunk is named with file, dataset, block and rows`() throws {
        let output = TemporaryPath("corrupt.h5")
        let writer = try HDF5FileWriter(path: output.path)
        let x = try writer.rows("x", type: .uint8, rowShape: [1024], chunkRows: 32)
        let y = try writer.rows("y", type: .uint8, rowShape: [], chunkRows: 320)
        // Noise that is the same in every run: where a flipped byte lands decides what is wrong with the stream.
        var state: UInt64 = 1
        let pixels = (0..<320 * 1024).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56) % 10
        }
        try pixels.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in try x.append(bytes) }
        let labels = [UInt8](repeating: 1, count: 320)
        try labels.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in try y.append(bytes) }
        try x.finish()
        try y.finish()
        try writer.commit()
        try flipByte(of: output.path, fromEnd: 40_000)
        let source = try HDF5Source(output.path)
        let error = #expect(throws: DataError.self) {
            let stream = try source.batches(of: 10)
            while let batch = try stream.next() { _ = batch.rowCount }
        }
        #expect(error?.file == output.path && error?.dataset == "x" && error?.kind == .invalid)
        let block = try #require(error?.block)
        #expect(error?.rows == block * 32..<(block + 1) * 32)
        #expect(error?.message.contains("deflate") == true)
    }

    @Test func `a file that shrank during the run is named`() throws {
        let output = TemporaryPath("shrunk.h5")
        let writer = try HDF5FileWriter(path: output.path)
        try writer.writeFloats("x", shape: [10_000, 64], [Float](repeating: 1, count: 640_000))
        try writer.writeFloats("y", shape: [10_000], [Float](repeating: 1, count: 10_000))
        try writer.commit()
        let source = try HDF5Source(output.path)
        shrink(output.path, to: 1_000_000)
        let error = #expect(throws: DataError.self) {
            let stream = try source.batches(of: 10)
            while let batch = try stream.next() { _ = batch.rowCount }
        }
        #expect(error?.file == output.path && error?.message.contains("the file changed while it was in use") == true)
    }
}
