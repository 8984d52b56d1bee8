internal import Codecs
package import Files
internal import Memory

extension HDF5Dataset {
    /// Other files than the container that are looked at after each read. More of them, of which a virtual dataset may
    /// have thousands, are looked at once a second.
    private static let mostPartsAtOnce = 16

    /// Throws `changed` as `checkUnchanged`, after a read that went well.
    ///
    /// With more than 16 files beside the container those are looked at once a second: until then the library may have
    /// read zeros or fill values of a part that was cut or removed.
    func checkUnchangedAfterRead() throws(HDF5Error) {
        guard parts.files.count > Self.mostPartsAtOnce,
            !partsCheck.isDue(at: StageClock.now)
        else { return try checkUnchanged() }
        try HDF5Error.ofFile { () throws(FileError) in try bytes.checkUnchanged() }
    }

    /// Throws `changed` when a file that holds the data changed since it was opened.
    func checkUnchanged() throws(HDF5Error) {
        try HDF5Error.ofFile { () throws(FileError) in
            try bytes.checkUnchanged()
            for file in parts.files { try file.checkUnchanged() }
        }
    }

    /// What the files that hold the data were when they were opened, its own first.
    package var stamps: [StampedPath] { [StampedPath(bytes)] + parts.files }

    /// Up to so many stored bytes are hashed whole, from no more ranges of the file than that: one read each.
    private static let wholeBytes = 4 << 20
    private static let wholeRanges = 1 << 16

    /// Pieces of larger data that the identity samples, and the most bytes of each.
    private static let pieceCount = 16
    private static let pieceBytes = 4096

    /// A number that is the same for the same data, and another one for other data, as far as is looked.
    ///
    /// Hashed are shape, type, layout, filters and fill value, each chunk's stored size and filter mask, and the stored
    /// bytes: all of them up to 4 MiB (in up to 65,536 chunks), else 16 pieces of up to 4 KiB, spread evenly. So of
    /// larger data a change goes unseen that alters none of the pieces and no chunk's stored size: of a few numbers
    /// where nothing is compressed, rarely elsewhere. Neither names, nor times, nor where in the file the chunks lie: a
    /// copy of the file, or of the dataset as it is stored, is the same data. The same numbers compressed otherwise are
    /// not. Costs milliseconds, whatever the size: at most 4 MiB are read, and 8 bytes hashed for a chunk. Of data that
    /// only the library reads, rows are hashed.
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
        if total <= Self.wholeBytes, ranges.count <= Self.wholeRanges { return try addAll(ranges, to: &hash) }
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

    // Each range by itself, cut where it is long: how they lie in the file is no part of the hash.
    private func addAll(_ ranges: [Range<Int>], to hash: inout DataHash) throws(HDF5Error) {
        let memory = AlignedBuffer(byteCount: 64 << 10)
        for range in ranges {
            var first = range.lowerBound
            while first < range.upperBound {
                let count = min(memory.byteCount, range.upperBound - first)
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<count])
                try HDF5Error.ofFile { () throws(FileError) in try unsafe bytes.read(at: first, into: part) }
                unsafe hash.add(part)
                first += count
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
        guard grid.total > 0 else { return }
        var memory = AlignedBuffer(byteCount: chunkBytes)
        var retries = 0
        let isWhole = grid.total <= Self.wholeRanges && grid.total <= Self.wholeBytes / max(1, chunkBytes)
        for piece in 0..<(isWhole ? grid.total : Self.pieceCount) {
            var mask: UInt32 = 0
            let number = isWhole ? piece : Self.start(of: piece, in: grid.total - 1)
            let byteCount = try readStoredChunk(
                at: grid.coordinates(of: number), into: &memory, filterMask: &mask, retries: &retries)
            hash.add(UInt64(byteCount) << 32 | UInt64(mask))
            unsafe hash.add(memory.bytes.prefix(isWhole ? byteCount : min(Self.pieceBytes, byteCount)))
        }
    }

    // Rows that the library reads.
    private func addRows(to hash: inout DataHash) throws(HDF5Error) {
        guard rowCount > 0, rowBytes > 0, type.scalar != nil else { return }
        let isWhole = rowCount <= Self.wholeBytes / rowBytes
        let count = isWhole ? rowCount : min(rowCount, max(1, Self.pieceBytes / rowBytes))
        let memory = AlignedBuffer(byteCount: count * rowBytes)
        var retries = 0
        for piece in 0..<(isWhole ? 1 : Self.pieceCount) {
            let first = Self.start(of: piece, in: rowCount - count)
            try unsafe readThroughLibrary(rows: first..<(first + count), into: memory.address, retries: &retries)
            unsafe hash.add(memory.bytes)
        }
    }
}
