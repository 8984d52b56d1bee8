/// Decodes a stream in pieces of any size: memory stays the same however long the stream is.
///
/// One thread at a time. The caller gives what it has read and a place for what comes out, until both ends are reached.
package protocol StreamDecoder: AnyObject {
    /// Decodes from the front of `source` into `destination`, as much as fits; returns the bytes taken and written.
    ///
    /// Nothing taken and nothing written means that more of the other is needed.
    func decode(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> (taken: Int, written: Int)

    /// Whether the stream may end where it is now: its last part is whole, and its checksum was right.
    var isComplete: Bool { get }
}
