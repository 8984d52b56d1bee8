internal import CKernels

/// HDF5's byte shuffle: all first bytes of the elements, then all second bytes, and so on, which deflate compresses
/// better. Bytes behind the last whole element stay as they are.
package enum ByteShuffle {
    /// Shuffles `source` into `destination`, which has the same length and does not overlap.
    package static func shuffle(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer, elementSize: Int
    ) {
        unsafe check(source, destination, elementSize)
        guard let input = source.baseAddress, let output = destination.baseAddress else { return }
        unsafe millrace_shuffle(
            input.assumingMemoryBound(to: UInt8.self), output.assumingMemoryBound(to: UInt8.self), source.count,
            elementSize)
    }

    /// Undoes `shuffle`.
    package static func unshuffle(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer, elementSize: Int
    ) {
        unsafe check(source, destination, elementSize)
        guard let input = source.baseAddress, let output = destination.baseAddress else { return }
        unsafe millrace_unshuffle(
            input.assumingMemoryBound(to: UInt8.self), output.assumingMemoryBound(to: UInt8.self), source.count,
            elementSize)
    }

    private static func check(
        _ source: UnsafeRawBufferPointer, _ destination: UnsafeMutableRawBufferPointer, _ elementSize: Int
    ) {
        precondition(
            source.count == destination.count && elementSize > 0,
            "ByteShuffle: \(source.count) bytes of \(elementSize) into \(destination.count)")
    }
}
