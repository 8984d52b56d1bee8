internal import Codecs
package import Memory

/// Makes of a chunk's elements what a file holds of them: byte-shuffled and deflated, or as they are.
///
/// One per thread: it owns the compressor's tables and scratch. The same chunk and level give the same bytes.
package final class HDF5ChunkEncoder: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: handed from thread to thread, used by one at a time.
    private var deflater: Deflater?
    private let shuffled = GrowableBytes()

    /// - Parameter level: of gzip, 1...12, as `HDF5FileWriter` was told for the dataset; nil leaves chunks as they are.
    package init(level: Int?) {
        if let level { deflater = Deflater(level: level) }
    }

    /// Whether elements of so many bytes are shuffled in front of compression.
    static func usesShuffle(level: Int?, elementSize: Int) -> Bool { level != nil && elementSize > 1 }

    /// Bytes of scratch that the encoder holds now.
    package var heldBytes: Int { shuffled.capacity }

    /// The most bytes that a level's tables take.
    package static func tableBytes(level: Int?) -> Int {
        switch level {
        case nil: 0
        case .some(...9): 1 << 20
        default: 10 << 20
        }
    }

    /// Appends the stored bytes of a whole chunk to `target`.
    package func encode(_ chunk: UnsafeRawBufferPointer, elementSize: Int, into target: GrowableBytes) {
        guard let bound = deflater?.bound(of: chunk.count) else { return unsafe target.append(chunk) }
        var source = unsafe chunk
        if Self.usesShuffle(level: 1, elementSize: elementSize) {
            shuffled.truncate(to: 0)
            let room = unsafe shuffled.extend(by: chunk.count)
            unsafe ByteShuffle.shuffle(chunk, into: room, elementSize: elementSize)
            unsafe source = UnsafeRawBufferPointer(room)
        }
        let start = target.count
        let room = unsafe target.extend(by: bound)
        let length = unsafe deflater?.compress(source, into: room) ?? 0
        target.truncate(to: start + length)
    }
}
