import Glibc
import JSONText
import Memory
import NeuralNetwork

/// A safetensors file: 8 bytes with the length of a JSON header, the header, then the elements of all tensors, little endian.
///
/// The header has an object for each tensor: `dtype`, `shape`, and `data_offsets`, where its elements begin and end behind the
/// header. `__metadata__` is no tensor.
struct SafetensorsFile: ~Copyable {
    /// The types that weights may have; they become float32.
    enum Element: String, CaseIterable {
        case bfloat16 = "BF16"
        case float16 = "F16"
        case float32 = "F32"
        case float64 = "F64"
        case int32 = "I32"
        case int64 = "I64"

        var byteCount: Int {
            switch self {
            case .bfloat16, .float16: 2
            case .float32, .int32: 4
            case .float64, .int64: 8
            }
        }
    }

    struct Tensor {
        let element: Element
        let shape: Shape
        /// In the file.
        let bytes: Range<Int>
    }

    let path: String
    private let descriptor: Int32
    /// By their names, in the order of the header.
    private(set) var tensors: [(name: String, tensor: Tensor)] = []

    private static let longestHeader = 256 << 20

    /// Opens a file and checks what its header says.
    init(_ path: String) throws(KerasFileError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw KerasFileError(.missing, path, String(cString: strerror(errno))) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            throw KerasFileError(.invalid, path, "expected a regular file")
        }
        let size = Int(information.st_size)
        let length = UInt64(
            littleEndian: try read(0..<min(8, size)).withUnsafeBytes { bytes in
                bytes.count == 8 ? bytes.loadUnaligned(as: UInt64.self) : .max
            })
        guard length <= UInt64(min(max(0, size - 8), Self.longestHeader)) else {
            throw KerasFileError(
                .invalid, path,
                "not a safetensors file, or cut off: \(size) bytes, whose first 8 are no header's length")
        }
        let begin = 8 + Int(length)
        let header: JSONValue
        do {
            header = try JSONValue(strict: try read(8..<begin))
        } catch let error as JSONValue.ParseError {
            throw KerasFileError(.invalid, path, "its header: \(error.description)")
        } catch {
            throw error as! KerasFileError
        }
        guard let members = header.members else { throw KerasFileError(.invalid, path, "its header is no object") }
        for member in members where member.key != "__metadata__" {
            tensors.append((member.key, try tensor(member, begin: begin, size: size)))
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private func tensor(
        _ member: JSONValue.Member, begin: Int, size: Int
    ) throws(KerasFileError) -> Tensor {
        func damage(_ text: String) -> KerasFileError {
            KerasFileError(.invalid, path, "tensor \"\(member.key)\": \(text)")
        }
        let name = member.value["dtype"]?.stringValue ?? "absent"
        guard let element = Element(rawValue: name) else {
            let known = Element.allCases.map(\.rawValue).joined(separator: ", ")
            throw damage("dtype is \(name), which is not supported; supported are \(known)")
        }
        let extents = member.value["shape"]?.arrayValue?.compactMap(\.integerValue)
        let offsets = member.value["data_offsets"]?.arrayValue?.compactMap(\.integerValue)
        guard let extents, extents.count == member.value["shape"]?.arrayValue?.count, extents.allSatisfy({ $0 >= 0 }),
            let count = LayerConfiguration.elementCount(extents), let offsets, offsets.count == 2
        else { throw damage("its shape or its place is \(member.value.text())") }
        guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= size - begin else {
            throw damage(
                "its place \(offsets[0]) to \(offsets[1]) is not within the file's \(size - begin) bytes of elements")
        }
        guard offsets[1] - offsets[0] == count * element.byteCount else {
            throw damage(
                "expected \(count * element.byteCount) bytes for shape \(Shape(extents)) of \(name), found "
                    + "\(offsets[1] - offsets[0])")
        }
        return Tensor(element: element, shape: Shape(extents), bytes: begin + offsets[0]..<begin + offsets[1])
    }

    /// The elements of a tensor.
    func values(_ tensor: Tensor) throws(KerasFileError) -> [Float] {
        let bytes = try read(tensor.bytes)
        return bytes.withUnsafeBytes { bytes in
            func all<Number>(_ type: Number.Type, _ convert: (Number) -> Float) -> [Float] {
                (0..<bytes.count / MemoryLayout<Number>.size).map {
                    convert(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.size, as: type))
                }
            }
            return switch tensor.element {
            case .bfloat16: all(UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
            case .float16: all(UInt16.self) { Float(Float16(bitPattern: UInt16(littleEndian: $0))) }
            case .float32: all(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
            case .float64: all(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
            case .int32: all(Int32.self) { Float(Int32(littleEndian: $0)) }
            case .int64: all(Int64.self) { Float(Int64(littleEndian: $0)) }
            }
        }
    }

    private func read(_ range: Range<Int>) throws(KerasFileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + filled, $0.count - filled, off_t(range.lowerBound + filled))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason =
                    count == 0 ? "it ended at byte \(range.lowerBound + filled)" : String(cString: strerror(errno))
                throw KerasFileError(.inputOutput, path, "reading it failed: \(reason)")
            }
            filled += count
        }
        return bytes
    }
}
