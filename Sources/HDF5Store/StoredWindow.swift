internal import Files
internal import Memory

/// Stored bytes of chunks that lie one behind the other in the file, read at once.
///
/// Chunks are asked for in rising number. Where the file has them in that order too, with gaps no larger than the nodes
/// of an index between them, one `pread` brings as many as the buffer holds.
struct StoredWindow: ~Copyable {
    /// The buffer's size, unless a single chunk needs more or all chunks together less.
    static let byteLimit = 128 << 10

    /// The most bytes between two chunks that are read along.
    private static let largestGap = 4096

    /// The memory; its size stays as it is, except for a chunk from the library that is larger than was expected.
    var buffer: AlignedBuffer

    // Chunks `numbers`, as far as they were written, from this offset of the file.
    private var numbers = 0..<0
    private var offset = 0

    init(byteCount: Int) { buffer = AlignedBuffer(byteCount: byteCount) }

    /// Bytes of memory that a window over the chunks of `table` takes.
    /// Chunks of more than `chunkLimit` bytes are not read.
    static func byteCount(for table: ChunkTable, chunkLimit: Int) -> Int {
        max(min(table.largestByteCount, chunkLimit), min(byteLimit, table.totalByteCount))
    }

    /// Forgets what was read.
    mutating func clear() { numbers = 0..<0 }

    func holds(_ number: Int) -> Bool { numbers.contains(number) }

    /// Reads the chunk with `number` and those behind it, up to `last`, that one read can bring. Returns the range of
    /// the file and how many bytes of it are chunks.
    mutating func load(
        _ number: Int, through last: Int, of table: ChunkTable, from bytes: FileBytes, retries: inout Int
    ) throws(HDF5Error) -> (range: Range<Int>, storedBytes: Int) {
        var range = table.entries[number].range
        var storedBytes = range.count
        var next = number + 1
        while next <= last {
            let entry = table.entries[next]
            if entry.byteCount > 0 {
                let found = entry.range
                guard found.lowerBound >= range.upperBound, found.lowerBound - range.upperBound <= Self.largestGap,
                    found.upperBound - range.lowerBound <= buffer.byteCount
                else { break }
                range = range.lowerBound..<found.upperBound
                storedBytes += found.count
            }
            next += 1
        }
        numbers = 0..<0
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<range.count])
        try HDF5Error.ofFile { () throws(FileError) in
            try unsafe bytes.read(at: range.lowerBound, into: room, retries: &retries)
        }
        numbers = number..<next
        offset = range.lowerBound
        return (range, storedBytes)
    }

    /// The stored bytes of a chunk that the window holds. Valid until the next `load`.
    func stored(_ entry: ChunkTable.Entry) -> UnsafeRawBufferPointer {
        let start = Int(entry.offset) - offset
        return unsafe UnsafeRawBufferPointer(
            rebasing: UnsafeRawBufferPointer(buffer.bytes)[start..<(start + Int(entry.byteCount))])
    }
}
