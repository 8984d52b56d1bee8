import Foundation
import HDF5Store
import Memory
import Testing

@Suite struct HDF5FileTests {
    private func kind(_ path: String) -> HDF5Error.Kind? {
        do throws(HDF5Error) {
            _ = try HDF5File(path: path)
            return nil
        } catch {
            return error.kind
        }
    }

    @Test func `a missing file is named`() {
        #expect(kind(Fixtures.directory + "no-such-directory/none.h5") == .missing)
    }

    @Test func `another format is not HDF5`() throws {
        let file = try TemporaryFile(Array("PK, a zip file by its looks".utf8))
        let error = #expect(throws: HDF5Error.self) { try HDF5File(path: file.path) }
        #expect(error?.kind == .damaged)
        #expect(error?.message == "expected an HDF5 file, found another format")
        #expect(kind(TemporaryDirectory.path) == .damaged)
    }

    @Test func `a truncated file is found at every length`() throws {
        let whole = try Bytes.read(Fixtures.directory + "chunked-shuffle-gzip.h5")
        for length in stride(from: 0, to: whole.count - 1, by: 97) {
            let file = try TemporaryFile(Array(whole.prefix(length)))
            let found = kind(file.path)
            #expect(found == .damaged, "\(length) bytes of \(whole.count)")
        }
    }

    @Test func `the listing says what is there`() throws {
        let file = try HDF5File(path: Fixtures.directory + "images.h5")
        #expect(
            try file.datasets().map(\.description) == [
                "/images (100, 4, 3, 2) uint8, chunks (16, 4, 3, 2), shuffle + deflate",
                "/labels (100,) int64, chunks (32,), deflate", "/weight (100,) float32, contiguous",
            ])
        #expect(
            try HDF5File(path: Fixtures.directory + "nested.h5").datasets().map(\.name) == [
                "/data/train/x", "/data/train/y", "/data/valid/x", "/data/valid/y",
            ])
        #expect(try HDF5File(path: Fixtures.directory + "not-numbers.h5").datasets().count == 4)
    }

    @Test func `names that lead nowhere are errors`() throws {
        let file = try HDF5File(path: Fixtures.directory + "links.h5")
        #expect(try !file.exists("lost"))
        #expect(try file.exists("x") && file.exists("/store/images"))
        for name in ["lost", "nothing", "store", "store/images/deeper", "a/b/c"] {
            let error = #expect(throws: HDF5Error.self) { try file.dataset(name) }
            #expect(error?.kind == .noObject)
        }
    }

    @Test func `twenty thousand chunks open at once`() throws {
        let output = try TemporaryFile()
        let writer = try HDF5FileWriter(path: output.path)
        let rows = try writer.rows("x", type: .uint8, rowShape: [4], chunkRows: 1, level: 1)
        let bytes = (0..<80_000).map { UInt8(truncatingIfNeeded: $0 / 4) }
        try bytes.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in try rows.append(bytes) }
        try rows.finish()
        try writer.commit()
        let dataset = try HDF5File(path: output.path).dataset("x")
        #expect(dataset.chunkCount == 20_000)
        #expect(try Fixtures.read(dataset, step: 999) == bytes.map { Double($0) })
    }
}

@Suite struct HDF5WriterTests {
    private func write(_ path: String) throws(HDF5Error) {
        let writer = try HDF5FileWriter(path: path)
        try writer.createGroup("/layers/dense/vars")
        try writer.createGroup("/layers/empty/vars")
        try writer.writeFloats("/layers/dense/vars/0", shape: [2, 3], [1, 2, 3, 4, 5, 6])
        try writer.writeFloats("rate", shape: [], [0.5])
        try writer.writeIntegers("step", [Int64(1) << 40])
        try writer.writeIntegers("small", shape: [2], [Int32(-1), 7])
        try writer.writeFloats("none", shape: [0, 3], [])
        try writer.setAttribute("name", of: "/layers/dense", "dense_ü")
        try writer.commit()
    }

    @Test func `what is written is read, also through a descriptor`() throws {
        let disk = try TemporaryFile()
        try write(disk.path)
        let descriptor = open(disk.path, O_RDONLY)
        defer { close(descriptor) }
        for path in [disk.path, "/proc/self/fd/\(descriptor)"] {
            let file = try HDF5File(path: path, name: "weights")
            #expect(file.path == "weights")
            #expect(try file.groupNames(at: "/layers") == ["dense", "empty"])
            #expect(try file.groupNames(at: "/layers/empty/vars") == [])
            #expect(try file.shape(of: "/layers/dense/vars/0") == [2, 3])
            #expect(try file.readFloats("/layers/dense/vars/0") == [1, 2, 3, 4, 5, 6])
            #expect(try file.shape(of: "rate") == [])
            #expect(try file.readFloats("rate") == [0.5])
            #expect(try file.readInteger("step") == 1 << 40)
            #expect(try file.readIntegers("small") == [-1, 7])
            #expect(try file.readFloats("none") == [])
            #expect(try file.stringAttribute("name", of: "/layers/dense") == "dense_ü")
            #expect(try file.stringAttribute("other", of: "/layers/dense") == nil)
        }
    }

    @Test func `the same calls give the same bytes`() throws {
        let files = [try TemporaryFile(), try TemporaryFile()]
        for file in files { try write(file.path) }
        let contents = try files.map { try Data(contentsOf: URL(filePath: $0.path)) }
        #expect(contents[0].count > 1000 && contents[0] == contents[1])
    }

    @Test func `bytes that are no file are an error`() throws {
        let file = try TemporaryFile([UInt8](repeating: 7, count: 4096))
        let error = #expect(throws: HDF5Error.self) { try HDF5File(path: file.path, name: "model.weights.h5") }
        #expect(error?.kind == .damaged && error?.path == "model.weights.h5")
    }

    @Test(arguments: [nil, 1, 9] as [Int?]) func `rows come back, in chunks of any fit`(level: Int?) throws {
        let values = (0..<103 * 5).map { Float($0) * 0.25 - 7 }
        let output = try TemporaryFile()
        let writer = try HDF5FileWriter(path: output.path)
        let rows = try writer.rows("deep/x", type: .float32, rowShape: [5], chunkRows: 16, level: level)
        for first in stride(from: 0, to: 103, by: 10) {
            let part = Array(values[(first * 5)..<(min(first + 10, 103) * 5)])
            try part.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in try rows.append(bytes) }
        }
        try rows.finish()
        try writer.commit()
        let dataset = try HDF5File(path: output.path).dataset("deep/x")
        #expect(dataset.shape == [103, 5])
        #expect(dataset.filters.map(\.name) == (level == nil ? [] : ["shuffle", "deflate"]))
        #expect(try Fixtures.read(dataset, step: 16) == values.map { Double($0) })
        #expect(try HDF5File(path: output.path).readFloats("deep/x") == values)
    }

    @Test func `a file that is not committed leaves nothing`() throws {
        let target = TemporaryDirectory.path + "/millrace-uncommitted-\(getpid()).h5"
        do {
            let writer = try HDF5FileWriter(path: target)
            try writer.writeFloats("x", shape: [1], [1])
        }
        #expect(access(target, F_OK) != 0)
    }

    @Test func `an output that cannot be created says so at once`() {
        let error = #expect(throws: HDF5Error.self) {
            try HDF5FileWriter(path: Fixtures.directory + "no-such-directory/out.h5")
        }
        #expect(error?.kind == .cannotCreate)
        #expect(error?.message.contains("No such file or directory") == true)
    }
}
