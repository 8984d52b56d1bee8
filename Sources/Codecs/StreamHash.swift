internal import CDeflate
internal import CXXHash

/// Checksums of other programs' formats, computed over bytes that come in pieces.
@safe
package final class StreamHash {
    /// The functions by the names that Python's `hashlib`, `zlib` and `xxhash` have for them.
    package enum Function: String, Sendable, CaseIterable {
        case crc32, sha1, sha256, xxh32, xxh64
        case xxh3_64, xxh3_128, xxh128
    }

    @safe private enum State {
        case crc32(UInt32)
        case sha(SecureHash)
        case xxh32(OpaquePointer)
        case xxh64(OpaquePointer)
        case xxh3(OpaquePointer)
    }

    private let function: Function
    private var state: State

    /// The hash of nothing.
    package init(_ function: Function) {
        self.function = function
        switch function {
        case .crc32: state = .crc32(0)
        case .sha1: state = .sha(SecureHash(.sha1))
        case .sha256: state = .sha(SecureHash(.sha256))
        case .xxh32:
            guard let made = unsafe XXH32_createState() else { fatalError("StreamHash: out of memory") }
            _ = unsafe XXH32_reset(made, 0)
            unsafe state = .xxh32(made)
        case .xxh64:
            guard let made = unsafe XXH64_createState() else { fatalError("StreamHash: out of memory") }
            _ = unsafe XXH64_reset(made, 0)
            unsafe state = .xxh64(made)
        case .xxh3_64, .xxh3_128, .xxh128:
            guard let made = unsafe XXH3_createState() else { fatalError("StreamHash: out of memory") }
            if function == .xxh3_64 {
                _ = unsafe XXH3_64bits_reset(made)
            } else {
                _ = unsafe XXH3_128bits_reset(made)
            }
            unsafe state = .xxh3(made)
        }
    }

    deinit {
        switch state {
        case .crc32, .sha: break
        case .xxh32(let made): _ = unsafe XXH32_freeState(made)
        case .xxh64(let made): _ = unsafe XXH64_freeState(made)
        case .xxh3(let made): _ = unsafe XXH3_freeState(made)
        }
    }

    /// Adds bytes behind those that were added before.
    package func add(_ bytes: UnsafeRawBufferPointer) {
        guard unsafe !bytes.isEmpty else { return }
        switch state {
        case .crc32(let value): unsafe state = .crc32(libdeflate_crc32(value, bytes.baseAddress, bytes.count))
        case .sha(let hash): unsafe hash.add(bytes)
        case .xxh32(let made): _ = unsafe XXH32_update(made, bytes.baseAddress, bytes.count)
        case .xxh64(let made): _ = unsafe XXH64_update(made, bytes.baseAddress, bytes.count)
        case .xxh3(let made):
            if function == .xxh3_64 {
                _ = unsafe XXH3_64bits_update(made, bytes.baseAddress, bytes.count)
            } else {
                _ = unsafe XXH3_128bits_update(made, bytes.baseAddress, bytes.count)
            }
        }
    }

    /// The hash of what was added, as hexadecimal digits. Ask once, at the end.
    package func digits() -> String {
        func text(_ value: some FixedWidthInteger) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: value.bitWidth / 4 - digits.count) + digits
        }
        switch state {
        case .crc32(let value): return text(value)
        case .sha(let hash): return hash.digits()
        case .xxh32(let made): return text(unsafe XXH32_digest(made))
        case .xxh64(let made): return text(unsafe XXH64_digest(made))
        case .xxh3(let made):
            if function == .xxh3_64 { return text(unsafe XXH3_64bits_digest(made)) }
            let value = unsafe XXH3_128bits_digest(made)
            return text(value.high64) + text(value.low64)
        }
    }
}
