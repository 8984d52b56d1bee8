internal import CKernels

/// Big-endian data on a little-endian machine, and the reverse.
package enum ByteOrder {
    /// Reverses the bytes of every element of 2, 4 or 8 bytes in place; other sizes stay as they are.
    package static func reverse(_ bytes: UnsafeMutableRawBufferPointer, elementSize: Int) {
        guard let start = bytes.baseAddress, elementSize > 0 else { return }
        unsafe millrace_swap_bytes(start, bytes.count / elementSize, elementSize)
    }
}
