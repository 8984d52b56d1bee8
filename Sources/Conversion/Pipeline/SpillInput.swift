internal import DataSource
internal import Glibc
internal import Memory
internal import Shards

/// The rows of spill files in the order of their keys: the second pass of a shuffle.
///
/// A file that is too large for the memory is read several times, each time for the rows of a part of its keys.
struct SpillInput: RowInput {
    let columns: [ShardColumn]
    let fingerprint = "spill files"
    private let directory: String
    private let lengths: [Int]

    /// Parts of the keys of each file.
    private let parts: Int

    /// - Parameters:
    ///   - lengths: bytes of each spill file.
    ///   - parts: parts in which each file is read.
    init(columns: [ShardColumn], directory: String, lengths: [Int], parts: Int) {
        self.columns = columns
        self.directory = directory
        self.lengths = lengths
        self.parts = max(1, parts)
    }

    /// In how many parts files are read so that none takes more than `pieceBytes` of memory.
    static func parts(ofLargest length: Int, columns: [ShardColumn], pieceBytes: Int) -> Int {
        max(1, (Int(expansion(columns) * Double(length)) + pieceBytes - 1) / max(1, pieceBytes))
    }

    // Bytes of memory for a byte of a file: rows are there twice, as they lie in the file and as columns, with an index; and
    // parts differ by chance.
    private static func expansion(_ columns: [ShardColumn]) -> Double {
        let least = columns.reduce(SpillRow.headBytes) { $0 + ($1.isRagged ? 8 : $1.itemBytes) }
        return 3 + 64 / Double(least)
    }

    var byteCount: Int? { lengths.reduce(0, +) }

    func makeCutter(at position: PiecePosition?) throws(DataError) -> any PieceCutter {
        if let position, position.count != 1 || position[0] < 0 {
            throw DataError("a place in the spill files is not one: \(position)")
        }
        return Cutter(self, part: position?[0] ?? 0)
    }

    private final class Cutter: PieceCutter {
        private let input: SpillInput
        private var part: Int

        init(_ input: SpillInput, part: Int) {
            self.input = input
            self.part = part
        }

        func next() throws(DataError) -> InputPiece? {
            guard part < input.lengths.count * input.parts else { return nil }
            defer { part += 1 }
            let bytes = input.lengths[part / input.parts] / input.parts
            return InputPiece(
                position: [part], inputBytes: bytes,
                workingBytes: SpillScanner.bufferBytes + Int(expansion(input.columns) * Double(bytes)))
        }
    }

    func read(_ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]) throws(DataError) {
        let part = piece.position[0]
        let path = SpillFiles.path(directory, part / parts)
        let raggedCount = columns.count { $0.isRagged }
        let fixedBytes = columns.reduce(0) { $0 + ($1.isRagged ? 0 : $1.itemBytes) }
        var scanner = try SpillScanner(path: path, raggedCount: raggedCount, fixedBytes: fixedBytes)
        let kept = GrowableBytes()
        var index: [(key: UInt64, offset: Int)] = []
        while let row = try scanner.next() {
            let key = row.loadUnaligned(as: UInt64.self)
            guard SpillRow.file(of: key, of: lengths.count * parts) == part else { continue }
            index.append((key, kept.count))
            kept.append(row)
        }
        guard scanner.offset == lengths[part / parts] else {
            throw DataError(
                kind: .invalid, file: path,
                "expected \(lengths[part / parts]) bytes, found \(scanner.offset); start the "
                    + "conversion anew with --force")
        }
        // Rows of equal keys keep their order, so that the result does not depend on the sorting.
        index.sort { ($0.key, $0.offset) < ($1.key, $1.offset) }
        let bytes = kept.bytes
        for entry in index {
            var length = entry.offset + SpillRow.headBytes
            var value = length + 8 * raggedCount
            for column in columns.indices {
                var count = columns[column].itemBytes
                if columns[column].isRagged {
                    count = Int(bytes.loadUnaligned(fromByteOffset: length, as: UInt64.self))
                    length += 8
                }
                rows.append(UnsafeRawBufferPointer(rebasing: bytes[value..<value + count]), column: column)
                value += count
            }
            rows.endRow(
                place: bytes.loadUnaligned(fromByteOffset: entry.offset + SpillRow.placeOffset, as: Float.self))
        }
    }
}

/// Reads a spill file row by row.
struct SpillScanner {
    static let bufferBytes = 1 << 20

    private let path: String
    private let raggedCount: Int
    private let fixedBytes: Int
    private let file: SpillFile
    private let buffer = GrowableBytes(capacity: bufferBytes)
    private var start = 0

    /// Bytes of the file that whole rows took so far.
    private(set) var offset = 0

    init(path: String, raggedCount: Int, fixedBytes: Int) throws(DataError) {
        self.path = path
        self.raggedCount = raggedCount
        self.fixedBytes = fixedBytes
        file = try SpillFile(path)
    }

    /// The bytes of the next row, valid until the next call; nil at the end.
    mutating func next() throws(DataError) -> UnsafeRawBufferPointer? {
        let header = SpillRow.headBytes + 8 * raggedCount
        guard try fill(header) else { return nil }
        var count = header + fixedBytes
        for index in 0..<raggedCount {
            let length = buffer.bytes.loadUnaligned(
                fromByteOffset: start + SpillRow.headBytes + 8 * index, as: UInt64.self)
            guard length < 1 << 40 else { throw DataError(file: path, "a spill file is damaged at byte \(offset)") }
            count += Int(length)
        }
        guard try fill(count) else { throw DataError(file: path, "a spill file ends inside a row at byte \(offset)") }
        defer {
            start += count
            offset += count
        }
        return UnsafeRawBufferPointer(rebasing: buffer.bytes[start..<start + count])
    }

    // Has `count` bytes from `start` on in the buffer; false at the end of the file.
    private mutating func fill(_ count: Int) throws(DataError) -> Bool {
        guard buffer.count - start < count else { return true }
        let rest = buffer.count - start
        buffer.mutableBytes.copyBytes(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[start...]))
        buffer.truncate(to: rest)
        start = 0
        while buffer.count < count {
            let before = buffer.count
            let room = buffer.extend(by: max(Self.bufferBytes - before, count - before))
            let found = try file.read(into: room)
            buffer.truncate(to: before + found)
            if found == 0 { return false }
        }
        return true
    }
}

/// A file that is read from its beginning to its end.
private final class SpillFile {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(DataError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DataError(kind: .readFailed, file: path, "opening it failed: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    func read(into room: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
        while true {
            let count = Glibc.read(descriptor, room.baseAddress, room.count)
            if count >= 0 { return count }
            guard errno == EINTR else {
                throw DataError(kind: .readFailed, file: path, "reading it failed: \(String(cString: strerror(errno)))")
            }
        }
    }
}
