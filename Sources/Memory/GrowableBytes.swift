import Glibc

/// Bytes that grow at their end, with room that is not cleared before it is written.
///
/// Capacity doubles, so that appending costs a constant number of copies a byte. Give one to one thread at a time.
package final class GrowableBytes: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: the address is owned by this object, which one thread at a time uses.
    private var address: UnsafeMutableRawPointer?

    /// Bytes in use.
    package private(set) var count = 0

    /// Bytes held from the system.
    package private(set) var capacity = 0

    /// No bytes, and room for `capacity`.
    package init(capacity: Int = 0) {
        if capacity > 0 { reserve(capacity) }
    }

    deinit { free(address) }

    /// The bytes in use; valid until the next change.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: address, count: count) }

    /// The bytes in use, for changing them in place; valid until the next change of their number.
    package var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: address, count: count)
    }

    /// Makes room for `total` bytes in all. Traps when the system refuses memory.
    package func reserve(_ total: Int) {
        guard total > capacity else { return }
        guard let grown = realloc(address, total) else {
            fatalError("GrowableBytes: the system refused \(total) bytes")
        }
        address = grown
        capacity = total
    }

    /// Adds `count` bytes of unknown content, to be written by the caller before anything else.
    package func extend(by count: Int) -> UnsafeMutableRawBufferPointer {
        let first = self.count
        if first + count > capacity { reserve(max(first + count, 2 * capacity)) }
        self.count += count
        return UnsafeMutableRawBufferPointer(rebasing: mutableBytes[first...])
    }

    /// Adds a copy of `source`.
    package func append(_ source: UnsafeRawBufferPointer) {
        guard !source.isEmpty else { return }
        extend(by: source.count).copyMemory(from: source)
    }

    /// Forgets the bytes from `count` on; the room stays.
    package func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "GrowableBytes: \(count) of \(self.count) bytes")
        self.count = count
    }

    /// Forgets all bytes and gives the room back.
    package func release() {
        free(address)
        address = nil
        count = 0
        capacity = 0
    }
}
