internal import CXXHash

/// The 64-bit hash XXH64 with seed 0, of bytes that come piece by piece: what `xxh64sum` prints and zstd's checksums
/// are cut from.
@safe
package struct XXHash64: ~Copyable {
    private let state: OpaquePointer

    /// The hash of nothing.
    package init() {
        guard let state = unsafe XXH64_createState() else { fatalError("XXHash64: out of memory") }
        unsafe self.state = state
        _ = unsafe XXH64_reset(state, 0)
    }

    deinit { _ = unsafe XXH64_freeState(state) }

    /// Takes in more bytes.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        _ = unsafe XXH64_update(state, start, bytes.count)
    }

    /// Takes in more bytes.
    package mutating func update(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe update($0) } }

    /// The hash of everything so far.
    package var value: UInt64 { unsafe XXH64_digest(state) }

    /// The hash of bytes that are all there.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        unsafe XXH64(bytes.baseAddress, bytes.count, 0)
    }

    /// The hash of bytes that are all there.
    package static func hash(_ bytes: [UInt8]) -> UInt64 { unsafe bytes.withUnsafeBytes { unsafe hash($0) } }
}
