internal import Codecs
internal import Files
internal import Memory

extension HDF5Dataset {
    /// Throws `damaged` when the file that holds the data changed since it was opened.
    func checkUnchanged() throws(HDF5Error) {
        try HDF5Error.ofFile { () throws(FileError) in try bytes.checkUnchanged() }
    }

    /// Pieces of stored data that the identity samples, and the most bytes of each.
    private static let pieceCount = 16
    private static let pieceBytes = 4096

    /// A number that is the same for the same data and, with near certainty, another one for other data.
    ///
    /// Hashed are shape, type, layout, filters and fill value, each chunk's stored size and filter mask, and 16 pieces
    /// of up to 4 KiB of stored bytes, spread evenly. Neither names, nor times, nor where in the file the chunks lie: a
    /// copy of the file, or of the dataset as it is stored, is the same data. The same numbers compressed otherwise are
    /// not. Costs milliseconds, whatever the size: at most 64 KiB are read, and 8 bytes hashed for a chunk. Data that
    /// only the library reads is sampled as rows.
    package func identity() throws(HDF5Error) -> UInt64 {
        // What is hashed must be what was opened.
        try checkUnchanged()
        var hash = DataHash()
        hash.add(UInt64(shape.count))
        for extent in shape { hash.add(UInt64(extent)) }
        hash.add(type.description.utf8)
        hash.add(layout.description.utf8)
        hash.add(fillValue)
        for filter in filters {
            hash.add(UInt64(truncatingIfNeeded: filter.id))
            for parameter in filter.parameters { hash.add(UInt64(parameter)) }
        }
        switch storage {
        case .contiguous(let offset):
            try addPieces([offset..<(offset + rowCount * rowBytes)], to: &hash)
        case .chunks(let table):
            for entry in table.entries { hash.add(UInt64(entry.byteCount) << 32 | UInt64(entry.filterMask)) }
            try addPieces(table.entries.filter { $0.byteCount > 0 }.map(\.range), to: &hash)
        case .storedChunks:
            try addStoredChunks(to: &hash)
        case .library:
            try addRows(to: &hash)
        }
        return hash.value
    }

    // Takes the bytes of `ranges` for one sequence, and hashes pieces that are spread evenly over it.
    private func addPieces(_ ranges: [Range<Int>], to hash: inout DataHash) throws(HDF5Error) {
        let total = ranges.reduce(0) { $0 + $1.count }
        let pieceBytes = min(Self.pieceBytes, total)
        let memory = AlignedBuffer(byteCount: pieceBytes)
        var number = 0
        // The position in the sequence at which range `number` starts.
        var rangeStart = 0
        for piece in 0..<Self.pieceCount where total > 0 {
            // The first piece starts with the data, the last ends with it.
            var position = Self.start(of: piece, in: total - pieceBytes)
            let end = position + pieceBytes
            while position < end {
                while position >= rangeStart + ranges[number].count {
                    rangeStart += ranges[number].count
                    number += 1
                }
                let count = min(end, rangeStart + ranges[number].count) - position
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<count])
                try HDF5Error.ofFile { () throws(FileError) in
                    try unsafe bytes.read(at: ranges[number].lowerBound + position - rangeStart, into: part)
                }
                unsafe hash.add(part)
                position += count
            }
            // The next piece can begin before this one's last range ends, never before the range in which this one
            // began.
            while number > 0, rangeStart > Self.start(of: piece + 1, in: total - pieceBytes) {
                number -= 1
                rangeStart -= ranges[number].count
            }
        }
    }

    // Where piece `piece` starts when the first starts at 0 and the last at `last`.
    private static func start(of piece: Int, in last: Int) -> Int {
        let (part, rest) = last.quotientAndRemainder(dividingBy: pieceCount - 1)
        return part * piece + rest * piece / (pieceCount - 1)
    }

    // Chunks that the library hands over.
    private func addStoredChunks(to hash: inout DataHash) throws(HDF5Error) {
        guard case .chunked(let extents) = layout else { return }
        let grid = ChunkGrid(shape: shape, chunk: extents, limits: shape)
        var memory = AlignedBuffer(byteCount: chunkBytes)
        for piece in 0..<Self.pieceCount where grid.total > 0 {
            var mask: UInt32 = 0
            let number = Self.start(of: piece, in: grid.total - 1)
            let byteCount = try readStoredChunk(at: grid.coordinates(of: number), into: &memory, filterMask: &mask)
            hash.add(UInt64(byteCount) << 32 | UInt64(mask))
            unsafe hash.add(memory.bytes.prefix(min(Self.pieceBytes, byteCount)))
        }
    }

    // Rows that the library reads.
    private func addRows(to hash: inout DataHash) throws(HDF5Error) {
        guard rowCount > 0, rowBytes > 0, type.scalar != nil else { return }
        let count = min(rowCount, max(1, Self.pieceBytes / rowBytes))
        let memory = AlignedBuffer(byteCount: count * rowBytes)
        for piece in 0..<Self.pieceCount {
            let first = Self.start(of: piece, in: rowCount - count)
            try unsafe readThroughLibrary(rows: first..<(first + count), into: memory.address)
            unsafe hash.add(memory.bytes)
        }
    }
}
