import Conversion
import DataSource
import Foundation
import JSONText
import Memory
import Shards

/// The files of `fixtures/conversion`, whose contents are given by formulae (see `Tools/fixtures/make_conversion.py`).
enum Inputs {
    static let directory =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        + "/fixtures/conversion/"

    /// The words of text columns, by row.
    static let words = ["", "a", "grün", "日本", String(repeating: "long ", count: 5) + "text", "x,y", "quo\"te"]

    static func word(_ row: Int) -> [UInt8] { Array(words[row % words.count].utf8) }

    /// b = (row * 7 + column * 3) % 251
    static func base(_ row: Int, _ column: Int) -> Int { (row * 7 + column * 3) % 251 }

    /// What `expected.json` says.
    static func expected(_ key: String) throws -> [JSONValue] {
        let text = try Data(contentsOf: URL(filePath: directory + "expected.json"))
        return try JSONValue(parsing: [UInt8](text))[key]?.arrayValue ?? []
    }

    /// The value of a type at a place, as numpy's bytes of it.
    static func bytes(_ type: ScalarType, _ row: Int, _ column: Int) -> [UInt8] {
        let b = base(row, column)
        func raw<Value>(_ value: Value) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
        switch type {
        case .uint8: return [UInt8(b)]
        case .int8: return raw(Int8(b - 125))
        case .uint16: return raw(UInt16(b))
        case .int16: return raw(Int16(b - 125))
        case .uint32: return raw(UInt32(b))
        case .int32: return raw(Int32(b - 125))
        case .uint64: return raw(UInt64(b))
        case .int64: return raw(Int64(b - 125))
        case .float32: return raw(Float(b - 125) / 8)
        case .float64: return raw(Double(b - 125) / 8)
        case .bool: return [b % 2 == 1 ? 1 : 0]
        case .float16, .bfloat16:
            // Eighths up to 15.75 have few digits, so that cutting the float32 is exact.
            let bits = (Float(b - 125) / 8).bitPattern
            if type == .bfloat16 { return raw(UInt16(bits >> 16)) }
            guard bits << 1 != 0 else { return raw(UInt16(bits >> 16)) }
            return raw(UInt16(bits >> 16 & 0x8000) | UInt16((bits >> 23 & 255) - 112) << 10 | UInt16(bits >> 13 & 1023))
        }
    }

    /// Rows of several columns' values.
    static func bytes(_ type: ScalarType, row: Int, columns: Range<Int>) -> [UInt8] {
        columns.flatMap { bytes(type, row, $0) }
    }
}

/// All that a reader gave.
struct Rows {
    let chunk: RowChunk
    var rejected: [RejectedRow] = []
    var pieces: [InputPiece] = []

    /// Reads everything, pieces from the last to the first: each is independent of the others.
    init(_ input: any RowInput, at position: PiecePosition? = nil) throws {
        chunk = RowChunk(input.columns)
        let cutter = try input.makeCutter(at: position)
        while let piece = try cutter.next() { pieces.append(piece) }
        var parts: [(RowChunk, [RejectedRow])] = []
        for piece in pieces.reversed() {
            let part = RowChunk(input.columns)
            var bad: [RejectedRow] = []
            try input.read(piece, into: part, rejected: &bad)
            parts.append((part, bad))
        }
        for (part, bad) in parts.reversed() {
            chunk.append(rows: 0..<part.rowCount, of: part)
            rejected += bad
        }
    }

    var count: Int { chunk.rowCount }

    /// The bytes of one value.
    func bytes(_ row: Int, _ name: String) -> [UInt8] {
        guard let column = chunk.columns.firstIndex(where: { $0.name == name }) else { return [0xde, 0xad] }
        return Array(chunk[row, column])
    }

    /// The only element of a row.
    func value<Value: BitwiseCopyable>(_ row: Int, _ name: String, as type: Value.Type) -> Value? {
        let found = bytes(row, name)
        return found.count == MemoryLayout<Value>.size
            ? found.withUnsafeBytes { $0.loadUnaligned(as: type) } : nil
    }

    /// The column of a name.
    func column(_ name: String) -> ShardColumn? { chunk.columns.first { $0.name == name } }

    /// All values, for comparing runs.
    var everything: [[UInt8]] {
        (0..<count).map { row in chunk.columns.indices.flatMap { Array(chunk[row, $0]) + [0xff] } }
    }
}

/// A directory for what a test writes; removed with its owner.
final class Scratch {
    let path = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)").path + "/"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: path + name))
        return path + name
    }
}

/// What reading damaged bytes must come to: rows, bad rows or an error that names the file; and in reasonable time.
func survives(_ bytes: [UInt8], as name: String, in scratch: Scratch, _ open: (String) throws -> any RowInput) throws
    -> Bool
{
    let path = try scratch.write(bytes, to: name)
    do {
        let input = try open(path)
        let rows = try Rows(input)
        return rows.rejected.allSatisfy { $0.file == path && !$0.reason.isEmpty }
    } catch let error as DataError {
        return error.file == path && !error.message.isEmpty
    }
}

/// Damages a file at many places: cut at every `step` bytes, and `count` times some bytes replaced, with a fixed seed.
func damaged(_ bytes: [UInt8], step: Int, count: Int, _ body: ([UInt8]) throws -> Void) rethrows {
    for length in stride(from: 0, to: bytes.count, by: step) { try body(Array(bytes[..<length])) }
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    func random(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
    for _ in 0..<count {
        var changed = bytes
        // Headers are where damage does most.
        let bound = random(2) == 0 ? min(bytes.count, 600) : bytes.count
        for _ in 0...random(4) { changed[random(bound)] = random(3) == 0 ? 0xff : UInt8(random(256)) }
        try body(changed)
    }
}

/// The error of all readers.
typealias DataErrorAlias = DataError
