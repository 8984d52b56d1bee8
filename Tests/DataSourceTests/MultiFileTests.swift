import DataSource
import Foundation
import HDF5Store
import Memory
import Testing

/// HDF5 files whose row i, over all of them, holds the number i and the label i % 10; removed with their owner.
private final class NumberedFiles {
    let directory = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)").path
    private(set) var rowCount = 0
    private(set) var paths: [String] = []

    init(_ counts: [Int], chunkRows: Int = 7, labelChunkRows: Int = 20) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        for (number, count) in counts.enumerated() {
            let rows = rowCount..<rowCount + count
            let digits = String(number)
            paths.append("\(directory)/part-\(String(repeating: "0", count: 4 - digits.count))\(digits).h5")
            let writer = try HDF5FileWriter(path: paths[number])
            let x = try writer.rows("x", type: .float32, rowShape: [2], chunkRows: chunkRows)
            let y = try writer.rows("y", type: .int64, rowShape: [], chunkRows: labelChunkRows)
            try Self.append(rows.flatMap { [Float($0), Float(-$0)] }, to: x)
            try Self.append(rows.map { Int64($0 % 10) }, to: y)
            try x.finish()
            try y.finish()
            try writer.commit()
            rowCount += count
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    static func append<Element: BitwiseCopyable>(_ values: [Element], to rows: HDF5RowWriter) throws {
        try values.withUnsafeBytes { try rows.append($0) }
    }
}

private func options(_ policy: ShufflePolicy = .window, workers: Int = 2, window: Int = 40_000) -> BatchOptions {
    var options = BatchOptions()
    options.batchSize = 16
    options.shuffle = policy
    options.windowBytes = window
    options.queueBytes = 8000
    options.decodeWorkers = workers
    options.epochs = 0..<2
    options.seed = 11
    return options
}

@Suite struct MultiFileTests {
    @Test(arguments: ShufflePolicy.allCases) func `files are one dataset in every order, for any number of workers`(
        policy: ShufflePolicy
    ) throws {
        let counts = [3000, 7, 1, 1500, 2100]
        let files = try NumberedFiles(counts)
        let source = try HDF5Source(paths: files.paths)
        #expect(source.rowCount == 6608 && source.paths == files.paths && source.blocks.count == 10)
        let first = try drain(BatchStream(source, options: options(policy, workers: 1)))
        for epoch in 0..<2 {
            #expect(first.samples[(epoch * 6608)..<((epoch + 1) * 6608)].sorted() == Array(0..<6608))
        }
        if policy == .none { #expect(first.samples == Array(0..<6608) + Array(0..<6608)) }
        for workers in [2, 7] {
            #expect(try drain(BatchStream(source, options: options(policy, workers: workers))) == first)
        }
        // The same rows from memory, cut alike, come in the same order.
        var begin = 0
        let arrays = try ConcatenatedSource(
            counts.map { count in
                let rows = begin..<begin + count
                begin += count
                return ArraySource(
                    inputs: [ArrayColumn("x", rows.flatMap { [Float($0), Float(-$0)] }, rowShape: [2])],
                    targets: [ArrayColumn("y", rows.map { Int64($0 % 10) })],
                    rowsPerBlock: source.blocks.largestRowCount)
            })
        #expect(arrays.blocks == source.blocks)
        #expect(try drain(BatchStream(arrays, options: options(policy))) == first)
    }

    @Test func `a pattern is its files in the order of their names`() throws {
        let files = try NumberedFiles([20, 30, 10])
        let source = try HDF5Source("\(files.directory)/part-*.h5")
        #expect(source.paths == files.paths)
        #expect(try drain(source.batches(of: 9, shuffle: .none)).samples == Array(0..<60))
        let turned = try HDF5Source(paths: files.paths.reversed())
        #expect(
            try drain(turned.batches(of: 9, shuffle: .none)).samples == Array(50..<60) + Array(20..<50) + Array(0..<20))
        #expect(try turned.fingerprint != source.fingerprint)
        #expect(try HDF5Source(paths: files.paths).fingerprint == source.fingerprint)
    }

    @Test func `all files share one bounded cache`() throws {
        // Labels in one chunk a file: each is wanted by the three blocks of that file.
        let files = try NumberedFiles([3000, 3000, 3000], labelChunkRows: 3000)
        let source = try HDF5Source(paths: files.paths)
        #expect(source.blocks.count == 9)
        #expect(source.sharedBytes == 3 * 24_000)
        let stream = try BatchStream(source, options: options(workers: 4))
        _ = try drain(stream)
        #expect(source.sharedChunksDecoded == 3)
    }

    @Test func `more files than are kept open`() throws {
        let files = try NumberedFiles(Array(repeating: 9, count: 150))
        let source = try HDF5Source(paths: files.paths)
        #expect(descriptors(in: files.directory) <= 2 * 64)
        let first = try drain(BatchStream(source, options: options(.window, workers: 1)))
        #expect(first.samples.sorted() == (0..<1350).flatMap { [$0, $0] })
        #expect(try drain(BatchStream(source, options: options(.window, workers: 3))) == first)
        #expect(descriptors(in: files.directory) <= 2 * 64)
        #expect(try source.fingerprint.map { $0.utf8.count < 100 } == true)
    }

    @Test func `a file that changed before it was opened again is named`() throws {
        let files = try NumberedFiles(Array(repeating: 9, count: 80))
        let source = try HDF5Source(paths: files.paths)
        let other = try NumberedFiles([12])
        let changed = files.paths[75]
        try FileManager.default.removeItem(atPath: changed)
        try FileManager.default.moveItem(atPath: other.paths[0], toPath: changed)
        let error = #expect(throws: DataError.self) { _ = try drain(BatchStream(source, options: options(.none))) }
        #expect(error?.file == changed && error?.message.contains("the file changed while it was in use") == true)
    }

    @Test func `an error names the file, and its rows in both numberings`() throws {
        let files = try NumberedFiles([700, 700, 700], chunkRows: 350, labelChunkRows: 700)
        var bytes = try Data(contentsOf: URL(filePath: files.paths[1]))
        // The first bytes of every deflate stream: zlib's header.
        for offset in bytes.indices.dropLast()
        where bytes[offset] == 0x78 && [0x01, 0x5e, 0x9c, 0xda].contains(bytes[offset + 1]) {
            bytes[offset + 1] = 0xff
        }
        try bytes.write(to: URL(filePath: files.paths[1]))
        let source = try HDF5Source(paths: files.paths)
        let error = #expect(throws: DataError.self) {
            _ = try drain(BatchStream(source, options: options(.none, window: 0)))
        }
        #expect(error?.file == files.paths[1] && error?.rows.map { $0.lowerBound } == 700)
        #expect(error?.fileRows?.lowerBound == 0)
        #expect(error?.description.contains("of the file, 700...") == true, "\(error.map { "\($0)" } ?? "")")
        #expect(source.location(ofRow: 699) == RowLocation(file: files.paths[0], row: 699))
        #expect(source.location(ofRow: 1401) == RowLocation(file: files.paths[2], row: 1))
        #expect(source.rows(700..<800).location(ofRow: 3) == RowLocation(file: files.paths[1], row: 3))
    }

    @Test func `every difference of schemas is named in one error`() throws {
        let files = try NumberedFiles([10, 10])
        func write(_ name: String, _ body: (HDF5FileWriter) throws -> Void) throws -> String {
            let writer = try HDF5FileWriter(path: "\(files.directory)/\(name).h5")
            try body(writer)
            try writer.commit()
            return "\(files.directory)/\(name).h5"
        }
        let wide = try write("wide") { writer in
            let x = try writer.rows("x", type: .float32, rowShape: [3], chunkRows: 4)
            let y = try writer.rows("y", type: .int32, rowShape: [], chunkRows: 4)
            try NumberedFiles.append([Float](repeating: 0, count: 12), to: x)
            try NumberedFiles.append([Int32](repeating: 0, count: 4), to: y)
            try x.finish()
            try y.finish()
        }
        let nameless = try write("nameless") { writer in
            try writer.writeFloats("x", shape: [4, 2], [Float](repeating: 0, count: 8))
        }
        let error = #expect(throws: DataError.self) { _ = try HDF5Source(paths: files.paths + [wide, nameless]) }
        for fragment in [
            "2 of 4 parts of the dataset differ from the first, \(files.paths[0])",
            "\(wide): x: expected float32, rows of shape (2,); found float32, rows of shape (3,)",
            "\(wide): y: expected int64, one number a row; found int32, one number a row",
            "\(nameless): y: expected int64, one number a row; found there is no such dataset",
        ] {
            #expect(error?.message.contains(fragment) == true, "\(error?.message ?? "no error")")
        }
        #expect(error?.kind == .invalid)
        let missing = #expect(throws: DataError.self) { _ = try HDF5Source(paths: files.paths + ["absent.h5"]) }
        #expect(missing?.kind == .fileUnavailable && missing?.file == "absent.h5")
    }

    /// Open files of this process in a directory.
    private func descriptors(in directory: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.count { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"))?
                .hasPrefix(directory) ?? false
        }
    }
}
