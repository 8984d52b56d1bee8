internal import Codecs
internal import Files
internal import Memory

/// How stored chunks become rows.
extension HDF5RowReader {
    // Bytes of the file that are the rows' bytes.
    mutating func readDirectly(
        at offset: Int, into destination: UnsafeMutableRawBufferPointer
    ) throws(HDF5Error) {
        let bytes = dataset.bytes
        var retries = 0
        try inDataset { () throws(HDF5Error) in
            try HDF5Error.ofFile { () throws(FileError) in
                try unsafe bytes.read(at: offset, into: destination, retries: &retries)
            }
        }
        counters.retries += retries
        counters.storedBytesRead += destination.count
        counters.decodedBytes += destination.count
        counters.readSeconds += clock.lap()
        if dropsPageCache { used.append(offset..<(offset + destination.count)) }
    }

    // Chunks without filters that span rows and follow each other in the file are the rows themselves: one read brings
    // as many as there are, without a copy. Returns how many.
    mutating func readWholeBands(_ band: Int, into start: UnsafeMutableRawPointer) throws(HDF5Error) -> Int {
        guard let table, spansRows, cache == nil, decoder?.isIdentity ?? false, !window.holds(band),
            rows.lowerBound <= band * chunk[0]
        else { return 0 }
        let offset = Int(table.entries[band].offset)
        let bandsInRows = rows.upperBound / chunk[0] - band
        var count = 0
        while count < bandsInRows, Int(table.entries[band + count].byteCount) == chunkBytes,
            Int(table.entries[band + count].offset) == offset + count * chunkBytes
        {
            count += 1
        }
        // A small chunk alone is better read with its neighbours, across the gaps.
        guard count * chunkBytes >= StoredWindow.byteLimit / 8 || count == bandsInRows, count > 0 else { return 0 }
        let target = unsafe start + (band * chunk[0] - rows.lowerBound) * dataset.rowBytes
        try unsafe readDirectly(
            at: offset, into: UnsafeMutableRawBufferPointer(start: target, count: count * chunkBytes))
        return count
    }

    // All chunks at one position of the first axis.
    mutating func readBand(_ band: Int, into start: UnsafeMutableRawPointer) throws(HDF5Error) {
        let first = band * chunk[0]
        let overlap = rows.clamped(to: first..<min(first + chunk[0], dataset.rowCount))
        let dataRow = overlap.lowerBound - rows.lowerBound
        for index in 0..<chunksInBand {
            let number = band * chunksInBand + index
            if spansRows {
                let target = unsafe start + dataRow * dataset.rowBytes
                if overlap.count == chunk[0], cache == nil {
                    try unsafe decode(number, into: UnsafeMutableRawBufferPointer(start: target, count: chunkBytes))
                } else {
                    let byteCount = overlap.count * dataset.rowBytes
                    let skipped = (overlap.lowerBound - first) * dataset.rowBytes
                    try unsafe withDecoded(number) { _, source in
                        unsafe target.copyMemory(from: source + skipped, byteCount: byteCount)
                    }
                }
            } else {
                locate(number)
                try unsafe withDecoded(number) { reader, source in
                    unsafe reader.box?.copy(
                        from: source, chunkRow: overlap.lowerBound - first, to: start, dataRow: dataRow,
                        rowCount: overlap.count, origin: reader.origin)
                }
            }
            counters.decodeSeconds += clock.lap()
        }
    }

    // Sets `coordinates` and `origin` to where a chunk starts.
    private mutating func locate(_ number: Int) {
        var rest = number
        for axis in grid.indices.reversed() {
            coordinates[axis] = rest % grid[axis] * chunk[axis]
            rest /= grid[axis]
        }
        for axis in origin.indices { origin[axis] = coordinates[axis + 1] }
    }

    // Decodes a chunk into the cache or own scratch memory and lends it to `body`.
    private mutating func withDecoded(
        _ number: Int, _ body: (inout HDF5RowReader, UnsafeRawPointer) -> Void
    ) throws(HDF5Error) {
        if let cache {
            // The closure needs this reader, which `self` lends as a whole.
            let chunk = try self.cached(number, in: cache)
            unsafe body(&self, UnsafeRawPointer(chunk.buffer.address))
        } else {
            let target = unsafe decoded.bytes
            try unsafe decode(number, into: target)
            unsafe body(&self, UnsafeRawPointer(decoded.address))
        }
    }

    private mutating func cached(_ number: Int, in cache: DecodedChunkCache) throws(HDF5Error) -> DecodedChunk {
        try cache.chunk(column: cacheColumn, chunk: number, byteCount: chunkBytes) { chunk throws(HDF5Error) in
            try unsafe decode(number, into: chunk.buffer.bytes)
        }
    }

    // Reads and decodes one chunk; one that was never written gives the fill value.
    private mutating func decode(_ number: Int, into destination: UnsafeMutableRawBufferPointer) throws(HDF5Error) {
        var mask: UInt32 = 0
        let stored: UnsafeRawBufferPointer
        if let table {
            let entry = table.entries[number]
            guard entry.byteCount > 0 else { return unsafe dataset.fill(destination) }
            if Int(entry.byteCount) > dataset.storedChunkLimit {
                locate(number)
                try dataset.checkStoredSize(Int(entry.byteCount), at: coordinates)
            }
            mask = entry.filterMask
            try load(number, of: table)
            unsafe stored = unsafe window.stored(entry)
        } else {
            locate(number)
            let byteCount = try dataset.readStoredChunk(
                at: coordinates, into: &window.buffer, filterMask: &mask, retries: &counters.retries)
            counters.storedBytesRead += byteCount
            counters.readSeconds += clock.lap()
            guard byteCount > 0 else { return unsafe dataset.fill(destination) }
            unsafe stored = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(window.buffer.bytes)[..<byteCount])
        }
        do throws(CodecError) {
            try unsafe decoder?.decode(stored, filterMask: mask, into: destination)
        } catch {
            throw HDF5Error(.corrupt, path: dataset.file.path, object: dataset.name, "\(place(of: number)): \(error)")
        }
        counters.decodedBytes += chunkBytes
    }

    // Brings a chunk into the window, with those behind it that this call will ask for.
    private mutating func load(_ number: Int, of table: ChunkTable) throws(HDF5Error) {
        guard !window.holds(number) else { return }
        let bytes = dataset.bytes
        do throws(HDF5Error) {
            let (range, storedBytes) = try window.load(
                number, through: lastChunk, of: table, from: bytes, retries: &counters.retries)
            counters.storedBytesRead += storedBytes
            // Without a cache, a chunk whose last row is still to come will be read again.
            let end = min((lastChunk / chunksInBand + 1) * chunk[0], dataset.rowCount)
            if dropsPageCache, cache != nil || rows.upperBound == end { used.append(range) }
        } catch {
            throw HDF5Error(
                error.kind, path: error.path, object: dataset.name, "\(place(of: number)): \(error.message)")
        }
        counters.readSeconds += clock.lap()
    }

    // `chunk at [32, 0], rows 32...47`: for messages.
    private mutating func place(of number: Int) -> String {
        locate(number)
        return
            "chunk at \(coordinates), rows \(coordinates[0])...\(min(coordinates[0] + chunk[0], dataset.rowCount) - 1)"
    }

    // Adds the dataset's name to an error about its file.
    func inDataset(_ body: () throws(HDF5Error) -> Void) throws(HDF5Error) {
        do throws(HDF5Error) {
            try body()
        } catch {
            throw HDF5Error(error.kind, path: error.path, object: dataset.name, error.message)
        }
    }
}
