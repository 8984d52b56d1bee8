import DataSource
import Foundation
import Glibc
import HDF5Store
import Memory

/// A source whose row i holds the number i, with the label i % 10: to see which samples came, and from where.
func numbered(_ rowCount: Int, rowsPerBlock: Int) -> ArraySource {
    ArraySource(
        inputs: [ArrayColumn("x", (0..<rowCount).flatMap { [Float($0), Float(-$0)] }, rowShape: [2])],
        targets: [ArrayColumn("y", (0..<rowCount).map { Int64($0 % 10) })], rowsPerBlock: rowsPerBlock)
}

/// What a stream delivered, copied out.
struct Delivered: Equatable {
    var rowCounts: [Int] = []
    var epochs: [Int] = []
    var samples: [Int] = []
    var bytes: [UInt8] = []
}

/// Drains a stream of a `numbered` source, checking that rows are whole.
func drain(_ stream: BatchStream) throws(DataError) -> Delivered {
    var result = Delivered()
    var index = 0
    var first = 0
    while let batch = try stream.next() {
        precondition(batch.indexInEpoch == index && batch.firstSample == first)
        index = batch.isLastOfEpoch ? 0 : index + 1
        first = batch.isLastOfEpoch ? 0 : first + batch.rowCount
        result.rowCounts.append(batch.rowCount)
        result.epochs.append(batch.epoch)
        let x = batch.inputs[0].floats
        let y = batch.targets[0].integers
        for row in 0..<batch.rowCount {
            let sample = Int(x[row * 2])
            precondition(Int(x[row * 2 + 1]) == -sample && Int(y[row]) == sample % 10, "a torn row")
            result.samples.append(sample)
        }
        result.bytes += batch.inputs[0].bytes
        result.bytes += batch.targets[0].bytes
    }
    return result
}

/// The next batch, which must be there. (`#require` takes no noncopyable values.)
func take(_ stream: BatchStream) throws(DataError) -> Batch {
    guard let batch = try stream.next() else { throw DataError("expected a batch, found the end") }
    return batch
}

/// Threads of this process whose name starts with `prefix`.
func threadCount(named prefix: String) -> Int {
    guard let directory = opendir("/proc/self/task") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        guard let file = fopen("/proc/self/task/\(name)/comm", "r") else { continue }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 64)
        guard fgets(&text, 64, file) != nil else { continue }
        if String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).hasPrefix(prefix) {
            count += 1
        }
    }
    return count
}

/// A source that fails on one block.
struct FailingSource: Source {
    let base: ArraySource
    let badBlock: Int
    var error = DataError(file: "made.up", dataset: "x", "expected 1, found 2")

    var inputs: [ColumnInfo] { base.inputs }
    var targets: [ColumnInfo] { base.targets }
    var blocks: BlockTable { base.blocks }

    func makeReader() -> any BlockReader { Reader(base: base.makeReader(), bad: blocks[badBlock], error: error) }

    final class Reader: BlockReader {
        let base: any BlockReader
        let bad: Range<Int>
        let error: DataError

        init(base: any BlockReader, bad: Range<Int>, error: DataError) {
            self.base = base
            self.bad = bad
            self.error = error
        }

        func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
            if rows == bad { throw error }
            try base.read(rows: rows, into: destination)
        }
    }
}

/// A source of which no block can be read.
struct BrokenSource: Source {
    let base: ArraySource

    var inputs: [ColumnInfo] { base.inputs }
    var targets: [ColumnInfo] { base.targets }
    var blocks: BlockTable { base.blocks }

    func makeReader() -> any BlockReader { Reader() }

    private final class Reader: BlockReader {
        func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
            throw DataError("nothing here")
        }
    }
}

/// The small files of `fixtures`.
enum Fixtures {
    static let root =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/") + "/fixtures/"

    static func hdf5(_ name: String) -> String { root + "hdf5/\(name).h5" }
}

/// A path in the temporary directory that is removed with its owner.
final class TemporaryPath {
    let path: String

    init(_ name: String) { path = FileManager.default.temporaryDirectory.path + "/millrace-\(getpid())-\(name)" }

    deinit { unlink(path) }
}

/// Writes a compressed file of 64 bytes a row, all of them the row's number modulo 256, and the number itself as label.
func writeNumberedFile(_ path: String, rowCount: Int, chunkRows: Int, labelChunkRows: Int) throws {
    let writer = try HDF5FileWriter(path: path)
    let x = try writer.rows("x", type: .uint8, rowShape: [64], chunkRows: chunkRows)
    let y = try writer.rows("y", type: .int64, rowShape: [], chunkRows: labelChunkRows)
    for row in 0..<rowCount {
        let pixels = [UInt8](repeating: UInt8(truncatingIfNeeded: row), count: 64)
        try pixels.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in try x.append(bytes) }
        try [Int64(row)].span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in try y.append(bytes) }
    }
    try x.finish()
    try y.finish()
    try writer.commit()
}

/// Damages a file.
func flipByte(of path: String, fromEnd distance: Int) throws {
    let file = fopen(path, "r+b")
    guard let file else { throw DataError("cannot open \(path)") }
    defer { fclose(file) }
    fseek(file, -distance, SEEK_END)
    let byte = fgetc(file)
    fseek(file, -distance, SEEK_END)
    fputc(byte ^ 0xff, file)
}

/// Cuts a file.
func shrink(_ path: String, to byteCount: Int) { truncate(path, byteCount) }
