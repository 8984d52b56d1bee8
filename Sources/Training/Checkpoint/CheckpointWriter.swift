import Codecs
import Glibc
import JSONText
import Memory

/// Writes a checkpoint's file: a whole safetensors file, which other programs can read, with a checksum at its end.
///
/// 8 bytes with the length of a JSON header, the header, then the elements of all tensors without gaps, little endian.
/// The header's `__metadata__` has one text. The last tensor, `checksum`, is the XXH64 of all bytes of the file in
/// front of it. Elements go from where they lie to the file: no copy of them is made.
final class CheckpointWriter {
    /// A tensor of the file, known before its elements are.
    struct Declaration {
        enum Kind: String { case float32 = "F32", float64 = "F64", checksum = "U64" }
        let name: String
        let kind: Kind
        let shape: [Int]

        var byteCount: Int { shape.reduce(kind == .float32 ? 4 : 8, *) }
    }

    static let checksumName = "checksum"
    static let metadataKey = "millrace"

    private var output: AtomicOutput
    private var hash = XXHash64()
    private let descriptor: Int32
    private var written = 0
    private let size: Int

    /// Creates the file under a hidden name beside `path`, and writes the header. Elements must follow in the order of
    /// `tensors`. This and all that writes throws `OutputError`.
    init(_ path: String, metadata: String, tensors: [Declaration]) throws {
        let output = try AtomicOutput(path: path)
        let all = tensors + [Declaration(name: Self.checksumName, kind: .checksum, shape: [1])]
        let header = Self.header(metadata, all)
        let descriptor = open(output.temporaryPath, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputError(path: path, stage: .create, code: errno) }
        size = header.count + all.reduce(0) { $0 + $1.byteCount }
        self.descriptor = descriptor
        self.output = output
        try header.withUnsafeBytes { try write($0) }
    }

    deinit { close(descriptor) }

    private static func header(_ metadata: String, _ tensors: [Declaration]) -> [UInt8] {
        var members = [
            JSONValue.Member(key: "__metadata__", value: .object([metadataKey: .string(metadata)]))
        ]
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.byteCount
            members.append(
                .init(
                    key: tensor.name,
                    value: .object([
                        "dtype": .string(tensor.kind.rawValue), "shape": .array(tensor.shape.map(JSONValue.integer)),
                        "data_offsets": .array([.integer(offset), .integer(end)]),
                    ])))
            offset = end
        }
        var text = Array(JSONValue.object(members).text().utf8)
        text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
    }

    /// Appends bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        hash.update(bytes)
        try append(bytes)
    }

    private func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, min(rest.count, 1 << 26))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw OutputError(path: output.path, stage: .write, code: count == 0 ? ENOSPC : errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        written += bytes.count
    }

    /// Appends numbers.
    func write(_ numbers: [Double]) throws {
        try numbers.withUnsafeBytes { try write($0) }
    }

    /// Appends the checksum and gives the file its name.
    ///
    /// - Parameter syncs: whether the file is on the disk when this returns; else the system begins to bring it there.
    /// - Returns: the file's size.
    func finish(syncs: Bool) throws -> Int {
        let value = hash.value.littleEndian
        try withUnsafeBytes(of: value) { try append($0) }
        precondition(written == size, "CheckpointWriter: \(written) bytes written, \(size) declared")
        try output.commit(syncs: syncs)
        // Nobody reads the file soon: the system begins to write its pages, which lets them go later.
        if !syncs { posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) }
        return size
    }
}
