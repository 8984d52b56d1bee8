import Glibc

/// Bytes aligned to cache lines, owned by one holder and freed with it.
///
/// Buffers of a mebibyte and more are mapped, so that freeing them returns the pages to the kernel at once: the
/// resident size follows the ledger. The contents start as zeros.
public struct AlignedBuffer: ~Copyable, @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: the address is owned by this value alone.

    /// The alignment of every buffer: a cache line, and the widest vector register.
    public static let alignment = 64
    private static let mappingThreshold = 1 << 20

    /// Buffers from here on ask for pages of 2 MiB; what is rounded up is a small part of them.
    private static let hugePageThreshold = 16 << 20

    /// The first byte. Valid as long as this buffer lives.
    public let address: UnsafeMutableRawPointer

    /// Usable bytes, as asked for.
    public let byteCount: Int

    /// Allocates `byteCount` zeroed bytes.
    ///
    /// Traps when the system refuses memory: every large buffer was granted by the ledger before.
    public init(byteCount: Int) {
        precondition(byteCount >= 0, "AlignedBuffer: byteCount \(byteCount) is negative")
        self.byteCount = byteCount
        if byteCount >= Self.mappingThreshold {
            let mapped = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let mapped, mapped != MAP_FAILED else {
                fatalError("AlignedBuffer: the system refused \(byteCount) bytes")
            }
            // Rows at random places of a window cost a page-table walk each with small pages.
            if byteCount >= Self.hugePageThreshold { madvise(mapped, byteCount, Int32(MADV_HUGEPAGE)) }
            address = mapped
        } else {
            let rounded = max(Self.alignment, (byteCount + Self.alignment - 1) / Self.alignment * Self.alignment)
            guard let allocated = aligned_alloc(Self.alignment, rounded) else {
                fatalError("AlignedBuffer: the system refused \(rounded) bytes")
            }
            memset(allocated, 0, rounded)
            address = allocated
        }
    }

    deinit {
        if byteCount >= Self.mappingThreshold {
            munmap(address, byteCount)
        } else {
            free(address)
        }
    }

    /// The bytes, for reading and writing.
    public var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: address, count: byteCount)
    }

    /// The elements as `Float`, for reading and writing.
    public var floats: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(
            start: address.assumingMemoryBound(to: Float.self), count: byteCount / MemoryLayout<Float>.stride)
    }
}
