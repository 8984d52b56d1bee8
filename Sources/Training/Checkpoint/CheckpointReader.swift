import Codecs
import Glibc
import JSONText
import Memory

/// Reads a checkpoint's file. Opening checks all of it; nothing is taken from a file that is not whole.
final class CheckpointReader {
    /// Why a file is no checkpoint, or is a damaged one.
    struct Damage: Error, CustomStringConvertible {
        let description: String
    }

    private struct Place {
        let kind: CheckpointWriter.Declaration.Kind
        let shape: [Int]
        let offset: Int
        let byteCount: Int
    }

    let path: String
    /// What the writer was given as text.
    let metadata: String
    private let file: OpenFile
    private var descriptor: Int32 { file.descriptor }
    private let places: [String: Place]
    /// The tensors' names, in the file's order.
    let names: [String]

    private static let longestHeader = 256 << 20
    private static let pieceBytes = 1 << 20

    /// Reads the whole file once and compares checksums. This and all that reads throws `Damage`.
    init(_ path: String) throws {
        self.path = path
        let file = OpenFile(descriptor: open(path, O_RDONLY | O_CLOEXEC))
        let descriptor = file.descriptor
        guard descriptor >= 0 else { throw Damage(description: String(cString: strerror(errno))) }
        self.file = file
        let (header, begin, size) = try Self.header(descriptor)
        guard let value = try? JSONValue(strict: header), let members = value.members,
            let metadata = value["__metadata__"]?[CheckpointWriter.metadataKey]?.stringValue
        else { throw Damage(description: "its header is not that of a checkpoint") }
        self.metadata = metadata
        var places: [String: Place] = [:]
        var names: [String] = []
        var end = begin
        for member in members where member.key != "__metadata__" {
            let place = try Self.place(member.value, begin: begin)
            guard place.offset == end else { throw Damage(description: "its tensors do not follow each other") }
            end += place.byteCount
            places[member.key] = place
            names.append(member.key)
        }
        guard end == size, let checksum = places[CheckpointWriter.checksumName], checksum.offset == end - 8 else {
            throw Damage(description: "expected \(end) bytes, found \(size)")
        }
        self.places = places
        self.names = names.filter { $0 != CheckpointWriter.checksumName }
        try verify(checksum.offset)
    }

    private static func header(_ descriptor: Int32) throws -> (text: [UInt8], begin: Int, size: Int) {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw Damage(description: String(cString: strerror(errno))) }
        let size = Int(information.st_size)
        var length: UInt64 = 0
        guard size > 16 else { throw Damage(description: "it is cut off: \(size) bytes") }
        try withUnsafeMutableBytes(of: &length) { try read(descriptor, $0, at: 0) }
        length = UInt64(littleEndian: length)
        guard length <= UInt64(min(size - 8, longestHeader)) else {
            throw Damage(description: "it is cut off or no checkpoint: a header of \(length) bytes in \(size)")
        }
        var text = [UInt8](repeating: 0, count: Int(length))
        try text.withUnsafeMutableBytes { try read(descriptor, $0, at: 8) }
        return (text, 8 + text.count, size)
    }

    private static func place(_ value: JSONValue, begin: Int) throws -> Place {
        let shape = value["shape"]?.arrayValue?.compactMap(\.integerValue) ?? []
        let offsets = value["data_offsets"]?.arrayValue?.compactMap(\.integerValue) ?? []
        guard let kind = value["dtype"]?.stringValue.flatMap({ CheckpointWriter.Declaration.Kind(rawValue: $0) }),
            shape.count == value["shape"]?.arrayValue?.count, offsets.count == 2, offsets[0] >= 0,
            offsets[0] <= offsets[1], shape.allSatisfy({ (0..<1 << 48).contains($0) }),
            shape.reduce(Double(kind == .float32 ? 4 : 8), { $0 * Double($1) }) == Double(offsets[1] - offsets[0])
        else { throw Damage(description: "its header describes a tensor wrongly") }
        return Place(kind: kind, shape: shape, offset: begin + offsets[0], byteCount: offsets[1] - offsets[0])
    }

    private func verify(_ end: Int) throws {
        var hash = XXHash64()
        let buffer = AlignedBuffer(byteCount: Self.pieceBytes)
        var offset = 0
        while offset < end {
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<min(Self.pieceBytes, end - offset)])
            try Self.read(descriptor, piece, at: offset)
            hash.update(UnsafeRawBufferPointer(piece))
            offset += piece.count
        }
        var stored: UInt64 = 0
        try withUnsafeMutableBytes(of: &stored) { try Self.read(descriptor, $0, at: end) }
        let expected = UInt64(littleEndian: stored)
        guard hash.value == expected else {
            throw Damage(
                description: "its checksum is \(hash.value.hexadecimal), expected \(expected.hexadecimal)")
        }
    }

    private static func read(
        _ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws {
        var done = 0
        while done < bytes.count {
            let count = pread(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw Damage(description: count == 0 ? "it is cut off" : String(cString: strerror(errno)))
            }
            done += count
        }
    }

    /// Whether a tensor is of double precision: numbers that are no tensors of the model.
    func isDouble(_ name: String) -> Bool { places[name]?.kind == .float64 }

    /// The shape of a tensor; nil when there is none of that name.
    func shape(_ name: String) -> [Int]? { places[name]?.shape }

    /// Reads a tensor's elements into memory of its size.
    func read(_ name: String, into bytes: UnsafeMutableRawBufferPointer) throws {
        guard let place = places[name], place.byteCount == bytes.count else {
            throw Damage(description: "\"\(name)\" has \(places[name]?.byteCount ?? 0) bytes, expected \(bytes.count)")
        }
        try Self.read(descriptor, bytes, at: place.offset)
    }

    /// The numbers of a tensor in double precision.
    func doubles(_ name: String) throws -> [Double] {
        guard let place = places[name], place.kind == .float64 else {
            throw Damage(description: "it has no numbers \"\(name)\"")
        }
        var numbers = [Double](repeating: 0, count: place.byteCount / 8)
        try numbers.withUnsafeMutableBytes { try read(name, into: $0) }
        return numbers
    }

    /// The numbers of a tensor in single precision.
    func floats(_ name: String) throws -> [Float] {
        guard let place = places[name], place.kind == .float32 else {
            throw Damage(description: "it has no numbers \"\(name)\"")
        }
        var numbers = [Float](repeating: 0, count: place.byteCount / 4)
        try numbers.withUnsafeMutableBytes { try read(name, into: $0) }
        return numbers
    }
}

/// A descriptor that is closed also when its file turns out to be no checkpoint.
private final class OpenFile {
    let descriptor: Int32
    init(descriptor: Int32) { self.descriptor = descriptor }
    deinit { if descriptor >= 0 { close(descriptor) } }
}
