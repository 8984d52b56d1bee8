import Glibc
import HDF5Store
import Memory
import Testing

/// How rows are read: in few calls, with the page cache in mind, and with errors that say where.
@Suite struct HDF5ReadingTests {
    /// A file with `x`: `rowCount` rows of `columns` bytes, (row * 7 + column * 3) % 251.
    private func written(rowCount: Int, columns: Int, chunkRows: Int, level: Int?) throws -> TemporaryFile {
        let file = try TemporaryFile()
        let writer = try HDF5FileWriter(path: file.path)
        let rows = try writer.rows(
            "x", type: .uint8, rowShape: Shape([columns]), chunkRows: chunkRows, level: level)
        let bytes = (0..<rowCount * columns).map { UInt8(Fixtures.base($0 / columns, $0 % columns)) }
        try bytes.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in try rows.append(bytes) }
        try rows.finish()
        try writer.commit()
        PageCache.sync(file.path)
        return file
    }

    private func expected(_ rows: Range<Int>, columns: Int) -> [UInt8] {
        rows.flatMap { row in (0..<columns).map { UInt8(Fixtures.base(row, $0)) } }
    }

    private func read(_ reader: inout HDF5RowReader, _ rows: Range<Int>, rowBytes: Int) throws(HDF5Error) -> [UInt8] {
        let buffer = AlignedBuffer(byteCount: rows.count * rowBytes)
        try reader.read(rows: rows, into: buffer.bytes)
        return Array(UnsafeRawBufferPointer(buffer.bytes))
    }

    @Test(arguments: [(nil, 784), (1, 784), (nil, 4096), (4, 4096), (nil, 40_000)] as [(Int?, Int)])
    func `neighbouring chunks are read at once`(level: Int?, columns: Int) throws {
        let file = try written(rowCount: 512, columns: columns, chunkRows: 1, level: level)
        let script = ScriptedCalls()
        let dataset = try HDF5File(path: file.path, calls: script.calls).dataset("x")
        let before = script.reads
        var reader = HDF5RowReader(dataset)
        #expect(try read(&reader, 0..<512, rowBytes: columns) == expected(0..<512, columns: columns))
        // Nodes of the index lie between some chunks, and the buffer is bounded: still far from a read for each chunk.
        #expect(script.reads - before <= max(4, reader.storedBytesRead / (64 << 10) + 512 / 32))
        // No chunk is read twice.
        #expect(reader.storedBytesRead == dataset.storedBytes)
        #expect(reader.counters.decodedBytes == 512 * columns)
        #expect(reader.counters.readSeconds > 0 && reader.counters.decodeSeconds >= 0)
        // Rows that begin and end inside a run.
        #expect(try read(&reader, 37..<301, rowBytes: columns) == expected(37..<301, columns: columns))
    }

    @Test func `memory for neighbours is bounded and accounted`() throws {
        let small = try written(rowCount: 16, columns: 100, chunkRows: 1, level: nil)
        #expect(HDF5RowReader.scratchBytes(of: try HDF5File(path: small.path).dataset("x")) == 16 * 100 + 100)
        let large = try written(rowCount: 4096, columns: 784, chunkRows: 1, level: nil)
        #expect(HDF5RowReader.scratchBytes(of: try HDF5File(path: large.path).dataset("x")) == 128 << 10 + 784)
    }

    @Test func `a hiccup of the disk is not seen by the reader`() throws {
        let file = try written(rowCount: 64, columns: 10, chunkRows: 16, level: 1)
        let script = ScriptedCalls()
        let dataset = try HDF5File(path: file.path, calls: script.calls).dataset("x")
        var reader = HDF5RowReader(dataset)
        script.state.withLock { $0.errors = [EIO, ESTALE] }
        #expect(try read(&reader, 0..<64, rowBytes: 10) == expected(0..<64, columns: 10))
        #expect(dataset.file.bytes.retryCount == 2 && reader.counters.retries == 2)

        script.state.withLock { $0.errors = [EIO, EIO, EIO, EIO] }
        let error = #expect(throws: HDF5Error.self) { try read(&reader, 20..<64, rowBytes: 10) }
        #expect(error?.kind == .readFailed && error?.object == "x")
        #expect(error?.message.hasPrefix("chunk at [16, 0], rows 16...31: reading ") == true)
    }

    @Test(arguments: [nil, 1] as [Int?]) func `a file that changes under the reader is noticed`(level: Int?) throws {
        let file = try written(rowCount: 64, columns: 10, chunkRows: 16, level: level)
        let dataset = try HDF5File(path: file.path).dataset("x")
        var reader = HDF5RowReader(dataset)
        _ = try read(&reader, 0..<16, rowBytes: 10)
        truncate(file.path, 100)
        let error = #expect(throws: HDF5Error.self) { try read(&reader, 16..<32, rowBytes: 10) }
        #expect(error?.kind == .changed && error?.object == "x")
        #expect(error?.message.contains("has 100 now") == true)
    }

    @Test(.enabled(if: PageCache.canDrop), arguments: [(nil, 16), (1, 16), (nil, 1), (nil, 500)] as [(Int?, Int)])
    func `what was read leaves the page cache`(level: Int?, chunkRows: Int) throws {
        let file = try written(rowCount: 2000, columns: 784, chunkRows: chunkRows, level: level)
        let dataset = try HDF5File(path: file.path).dataset("x")
        try PageCache.fill(file.path)
        #expect(try PageCache.pages(of: file.path).allSatisfy { $0 })
        var keeping = HDF5RowReader(dataset)
        _ = try read(&keeping, 0..<2000, rowBytes: 784)
        #expect(try PageCache.pages(of: file.path).allSatisfy { $0 })

        // Blocks in an order in which neighbours are read far apart: pages that they share go with the second.
        var reader = HDF5RowReader(dataset, dropsPageCache: true)
        for block in (0..<4).flatMap({ first in stride(from: first, to: 20, by: 4) }) {
            let first = block * 100 / chunkRows * chunkRows
            let end = (block * 100 + 100 + chunkRows - 1) / chunkRows * chunkRows
            let whole = first..<min(2000, end)
            #expect(try read(&reader, whole, rowBytes: 784) == expected(whole, columns: 784))
        }
        let pages = try PageCache.pages(of: file.path)
        // What stays are pages that hold metadata too, and their neighbours where the kernel's units are larger.
        #expect(pages.count { $0 } <= pages.count / 5 + 8, "\(pages.count { $0 }) of \(pages.count)")
    }

    @Test(arguments: [nil, 1] as [Int?]) func `advice brings rows into memory`(level: Int?) throws {
        let file = try written(rowCount: 64, columns: 1000, chunkRows: 16, level: level)
        let dataset = try HDF5File(path: file.path).dataset("x")
        let ranges = dataset.storedRanges(of: 16..<33)
        #expect(!ranges.isEmpty && ranges.allSatisfy { !$0.isEmpty })
        #expect(dataset.storedRanges(of: 5..<5).isEmpty)
        if level == nil { #expect(ranges.reduce(0) { $0 + $1.count } >= 32_000) }
        // Advice changes nothing that can be seen but speed.
        var reader = HDF5RowReader(dataset)
        reader.advise(rows: 0..<64)
        #expect(try read(&reader, 0..<64, rowBytes: 1000) == expected(0..<64, columns: 1000))
    }
}

extension HDF5Dataset {
    /// Bytes of all chunks, from single-row ranges, which join nothing.
    fileprivate var storedBytes: Int {
        (0..<rowCount).reduce(0) { sum, row in sum + storedRanges(of: row..<(row + 1)).reduce(0) { $0 + $1.count } }
    }
}
