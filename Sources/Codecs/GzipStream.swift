internal import CGzip

/// Undoes gzip (RFC 1952), or deflate without a frame, in pieces.
///
/// A gzip file may have several members, as `cat a.gz b.gz` and parallel compressors make them, and zeros behind the
/// last one. The checksum and length of each member are verified; bare deflate has neither.
@safe
package final class GzipStream: StreamDecoder {
    /// What frames the compressed data.
    package enum Format: Sendable { case gzip, bareDeflate }

    private let format: Format
    private let stream: UnsafeMutablePointer<z_stream>
    private var isBetweenMembers = true
    private var isFinished = false
    private var memberCount = 0

    /// Allocates the tables, about 40 KiB.
    package init(_ format: Format = .gzip) {
        self.format = format
        unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15: the largest window there is; 16 more: with gzip's frame; negative: with none.
        let status = unsafe inflateInit2_(
            stream, format == .gzip ? 15 + 16 : -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { fatalError("GzipStream: out of memory") }
    }

    deinit {
        _ = unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    package var isComplete: Bool { format == .gzip ? isBetweenMembers && memberCount > 0 : isFinished }

    package func decode(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> (taken: Int, written: Int) {
        var taken = 0
        var written = 0
        while taken < source.count, written < destination.count, !isFinished {
            if isBetweenMembers, memberCount > 0 {
                // Zeros behind a member are padding, as on tapes.
                while taken < source.count, unsafe source[taken] == 0 { taken += 1 }
                guard taken < source.count else { break }
            }
            let step = try unsafe inflateSome(
                UnsafeRawBufferPointer(rebasing: source[taken...]),
                UnsafeMutableRawBufferPointer(rebasing: destination[written...]))
            guard step != (0, 0) else { break }
            taken += step.0
            written += step.1
        }
        return (taken, written)
    }

    // One call of the library, in lengths that its 32 bits hold.
    private func inflateSome(
        _ source: UnsafeRawBufferPointer, _ destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> (Int, Int) {
        let (input, output) = (UInt32(clamping: source.count), UInt32(clamping: destination.count))
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = input
        unsafe stream.pointee.next_out = destination.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = output
        if isBetweenMembers { isBetweenMembers = false }
        let status = unsafe inflate(stream, Z_NO_FLUSH)
        let moved = unsafe (Int(input - stream.pointee.avail_in), Int(output - stream.pointee.avail_out))
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END:
            memberCount += 1
            isBetweenMembers = true
            isFinished = format == .bareDeflate
            _ = unsafe inflateReset(stream)
        case Z_NEED_DICT:
            throw .badHeader(codec: name, "it needs a dictionary")
        default:
            if let message = unsafe stream.pointee.msg {
                throw .badHeader(codec: name, unsafe String(cString: message))
            }
            throw .corrupt(codec: name)
        }
        return moved
    }

    private var name: String { format == .gzip ? "gzip" : "deflate" }
}
