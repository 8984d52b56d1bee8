extension HDF5Dataset {
    /// Stored bytes between which there is less than this are one range: the kernel reads whole pages anyway.
    private static let joinedGap = 4096

    /// Where in the file the stored bytes of `rows` lie, neighbours joined, in the order of rows. Empty where the
    /// library reads, because only it knows.
    package func storedRanges(of rows: Range<Int>) -> [Range<Int>] {
        let rows = rows.clamped(to: 0..<rowCount)
        guard !rows.isEmpty else { return [] }
        switch storage {
        case .contiguous(let offset):
            return [(offset + rows.lowerBound * rowBytes)..<(offset + rows.upperBound * rowBytes)]
        case .chunks(let table):
            guard case .chunked(let extents) = layout, rowBytes > 0 else { return [] }
            let inBand = zip(shape, extents).dropFirst().reduce(1) { $0 * (($1.0 + $1.1 - 1) / $1.1) }
            var ranges: [Range<Int>] = []
            let bands = (rows.lowerBound / extents[0])...((rows.upperBound - 1) / extents[0])
            for entry in table.entries[(bands.lowerBound * inBand)..<((bands.upperBound + 1) * inBand)]
            where entry.byteCount > 0 {
                let found = entry.range
                if let last = ranges.last, found.lowerBound >= last.upperBound,
                    found.lowerBound - last.upperBound < Self.joinedGap
                {
                    ranges[ranges.count - 1] = last.lowerBound..<found.upperBound
                } else {
                    ranges.append(found)
                }
            }
            return ranges
        case .storedChunks, .library:
            return []
        }
    }

    // Elements of a chunk that was never written.
    func fill(_ destination: UnsafeMutableRawBufferPointer) {
        let size = fillValue.count
        if fillValue.allSatisfy({ $0 == 0 }) {
            _ = unsafe destination.initializeMemory(as: UInt8.self, repeating: 0)
        } else {
            for index in destination.indices { unsafe destination[index] = fillValue[index % size] }
        }
    }
}
