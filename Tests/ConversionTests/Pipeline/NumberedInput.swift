import Conversion
import DataSource
import Foundation
import Shards

/// Rows made up from their numbers: `x` holds four floats, `name` some bytes, `y` the number modulo ten.
struct NumberedInput: RowInput {
    var count: Int
    var rowsPerPiece = 37

    /// Rows that cannot be read.
    var bad: Set<Int> = []

    /// Bytes that each of up to six units of `name` has more than the one it has by default.
    var padding = 0

    /// Whether rows and bytes are known before they are read.
    var isSizeKnown = true

    /// A piece at which reading fails as a whole, as when a file is gone.
    var failingPiece: Int?

    let columns = [
        ShardColumn("x", .float32, rowShape: [4]), ShardColumn(bytes: "name", encoding: .text),
        ShardColumn("y", .int64),
    ]
    var rowCount: Int? { isSizeKnown ? count : nil }
    var byteCount: Int? { isSizeKnown ? count * 8 : nil }
    var fingerprint: String { "\(count) numbers, bad \(bad.sorted())" }

    func makeCutter(at position: PiecePosition?) throws(DataError) -> any PieceCutter {
        Cutter(input: self, row: position?[0] ?? 0)
    }

    private final class Cutter: PieceCutter {
        let input: NumberedInput
        var row: Int

        init(input: NumberedInput, row: Int) {
            self.input = input
            self.row = row
        }

        func next() throws(DataError) -> InputPiece? {
            guard row < input.count else { return nil }
            let end = min(row + input.rowsPerPiece, input.count)
            defer { row = end }
            return InputPiece(
                position: [row], extent: [end], inputBytes: 8 * (end - row),
                workingBytes: 1 << 16 + (end - row) * 6 * input.padding)
        }
    }

    func read(_ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]) throws(DataError) {
        if let failingPiece, piece.position[0] / rowsPerPiece == failingPiece {
            throw DataError(kind: .readFailed, "the disk is gone")
        }
        for row in piece.position[0]..<piece.extent[0] {
            guard !bad.contains(row) else {
                rejected.append(RejectedRow(file: "numbers", place: "row \(row)", reason: "it is bad"))
                continue
            }
            let x = (0..<4).map { Float(row) + Float($0) / 4 }
            x.withUnsafeBytes { rows.append($0, column: 0) }
            rows.extend(column: 1, by: row % 7).copyBytes(from: Array("row \(row)......".utf8.prefix(row % 7)))
            if padding > 0 {
                rows.extend(column: 1, by: row % 7 * padding).initializeMemory(
                    as: UInt8.self, repeating: UInt8(row % 251))
            }
            withUnsafeBytes(of: Int64(row % 10)) { rows.append($0, column: 2) }
            rows.endRow()
        }
    }
}

/// A directory in the temporary directory that is removed with its owner.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The contents of every file below a place, by name.
    static func files(_ path: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isDirectory)
            files[name] = isDirectory.boolValue ? Data() : try Data(contentsOf: URL(filePath: "\(path)/\(name)"))
        }
        return files
    }
}

extension TemporaryDirectory {
    /// The names of files below a place that are not what they should be, with their sizes.
    static func differences(_ path: String, _ expected: [String: Data]) throws -> [String] {
        let found = try files(path)
        return Set(found.keys).union(expected.keys).sorted().filter { found[$0] != expected[$0] }.map { name in
            "\(name): expected \(expected[name]?.count ?? -1), found \(found[name]?.count ?? -1) bytes"
        }
    }
}

/// The rows of a dataset, decoded.
func rows(of path: String) throws -> RowChunk {
    let dataset = try ShardDataset(path: path)
    let all = RowChunk(dataset.schema.columns)
    let decoder = BlockDecoder()
    for shard in 0..<dataset.shardCount {
        let file = try dataset.file(shard)
        for block in 0..<file.blockCount {
            try decoder.load(file, block: block)
            try decoder.append(to: all)
        }
    }
    return all
}

/// The number that a row was made of.
func number(_ row: Int, of rows: RowChunk) -> Int { Int(rows[row, 0].loadUnaligned(as: Float.self)) }
