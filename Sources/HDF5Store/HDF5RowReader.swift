internal import CHDF5
internal import Codecs
internal import Memory

/// Reads rows of one dataset in native byte order. One per worker: it owns the decoder and its scratch memory.
///
/// Stored chunks are read by position and decoded here, outside the library's lock; what `HDF5Dataset.libraryReason`
/// names goes through the library. Chunks that follow each other in the file are read at once (`StoredWindow`).
package struct HDF5RowReader: ~Copyable {
    let dataset: HDF5Dataset
    let cache: DecodedChunkCache?
    private let cacheColumn: Int
    private let chunk: [Int]
    private let grid: [Int]
    private let chunksInBand: Int
    private let chunkBytes: Int
    private let spansRows: Bool
    private let table: ChunkTable?
    private let dropsPageCache: Bool
    private var decoder: ChunkDecoder?
    private var box: BoxCopy?
    private var window: StoredWindow
    private var decoded: AlignedBuffer
    private var coordinates: [Int]
    private var origin: [Int]
    private var clock = StageClock()

    // Of the call that is under way: its last chunk, its rows, and what may leave the page cache after it.
    private var lastChunk = 0
    private var rows = 0..<0
    private var used: [Range<Int>] = []

    /// What was read and decoded so far, and in what time.
    package private(set) var counters = ReadCounters()

    /// Bytes of stored data that were read.
    package var storedBytesRead: Int { counters.storedBytesRead }

    /// Prepares to read `dataset`, whose elements must be numbers. With a `cache`, decoded chunks are shared there under
    /// the number `column`.
    ///
    /// With `dropsPageCache`, what was read leaves the kernel's page cache, so that a pass over a dataset larger than
    /// memory does not push everything else out. It is for passes that read each chunk once: a chunk stays until a call
    /// reads its last row, and a page until all of it was used. Rows read in random order from a contiguous dataset
    /// would be read from the disk again and again.
    package init(
        _ dataset: HDF5Dataset, cache: DecodedChunkCache? = nil, column: Int = 0, dropsPageCache: Bool = false
    ) {
        precondition(dataset.type.scalar != nil, "HDF5RowReader: \(dataset.name) does not hold numbers")
        self.dataset = dataset
        self.cache = cache
        self.dropsPageCache = dropsPageCache
        cacheColumn = column
        coordinates = dataset.shape.map { _ in 0 }
        origin = Array(coordinates.dropFirst())
        if case .chunks(let table) = dataset.storage { self.table = table } else { table = nil }
        if case .chunked(let extents) = dataset.layout, dataset.storage.isDecodedHere {
            chunk = extents
            grid = zip(dataset.shape, extents).map { ($0 + $1 - 1) / $1 }
            chunksInBand = grid.dropFirst().reduce(1, *)
            chunkBytes = dataset.chunkBytes
            spansRows = chunk.dropFirst() == dataset.shape.dropFirst()
            decoder = ChunkDecoder(
                filters: dataset.filters, elementSize: dataset.elementSize, chunkBytes: chunkBytes)
            box = BoxCopy(chunk: chunk, data: dataset.shape, elementSize: dataset.elementSize)
            window = StoredWindow(byteCount: Self.storedBytes(of: dataset))
            decoded = AlignedBuffer(byteCount: cache == nil ? chunkBytes : 0)
        } else {
            chunk = []
            grid = []
            chunksInBand = 0
            chunkBytes = 0
            spansRows = true
            window = StoredWindow(byteCount: 0)
            decoded = AlignedBuffer(byteCount: 0)
        }
    }

    /// Memory of one reader, for the ledger.
    package static func scratchBytes(of dataset: HDF5Dataset) -> Int {
        guard case .chunked = dataset.layout, dataset.storage.isDecodedHere else { return 0 }
        return storedBytes(of: dataset) + dataset.chunkBytes
            + ChunkDecoder.scratchBytes(filters: dataset.filters, chunkBytes: dataset.chunkBytes)
    }

    private static func storedBytes(of dataset: HDF5Dataset) -> Int {
        if case .chunks(let table) = dataset.storage { return StoredWindow.byteCount(for: table) }
        // The library hands over chunks of unknown size: compressed ones are rarely larger than this.
        return dataset.chunkBytes + dataset.chunkBytes / 64 + 4096
    }

    /// Tells the kernel that the stored bytes of `rows` will be read soon. Returns at once; does nothing where the
    /// library reads.
    package func advise(rows: Range<Int>) {
        dataset.bytes?.willNeed(dataset.storedRanges(of: rows))
    }

    /// Reads `rows` into `destination`, which has exactly their size.
    ///
    /// A file that has changed since it was opened is an error, whether or not these rows did.
    package mutating func read(
        rows: Range<Int>, into destination: UnsafeMutableRawBufferPointer
    ) throws(HDF5Error) {
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= dataset.rowCount
                && destination.count == rows.count * dataset.rowBytes,
            "HDF5RowReader: rows \(rows) of \(dataset.rowCount) into \(destination.count) bytes")
        guard destination.count > 0 else { return }
        clock.start()
        do throws(HDF5Error) {
            try unsafe readStored(rows, into: destination)
        } catch {
            // A change explains whatever went wrong, and is the better message.
            try inDataset { () throws(HDF5Error) in try dataset.bytes?.checkUnchanged() }
            throw error
        }
        try inDataset { () throws(HDF5Error) in try dataset.bytes?.checkUnchanged() }
        if dataset.type.isSwapped {
            unsafe ByteOrder.reverse(destination, elementSize: dataset.elementSize)
            counters.decodeSeconds += clock.lap()
        }
        if !used.isEmpty {
            dataset.bytes?.didUse(used)
            used.removeAll(keepingCapacity: true)
        }
    }

    private mutating func readStored(
        _ rows: Range<Int>, into destination: UnsafeMutableRawBufferPointer
    ) throws(HDF5Error) {
        guard let start = destination.baseAddress else { return }
        used.removeAll(keepingCapacity: true)
        window.clear()
        switch dataset.storage {
        case .contiguous(let offset):
            try unsafe readDirectly(at: offset + rows.lowerBound * dataset.rowBytes, into: destination)
        case .library:
            try unsafe dataset.readThroughLibrary(rows: rows, into: start)
            counters.storedBytesRead += destination.count
            counters.decodedBytes += destination.count
            counters.readSeconds += clock.lap()
        case .chunks, .storedChunks:
            self.rows = rows
            let lastBand = (rows.upperBound - 1) / chunk[0]
            lastChunk = (lastBand + 1) * chunksInBand - 1
            var band = rows.lowerBound / chunk[0]
            while band <= lastBand {
                let count = try unsafe readWholeBands(band, into: start)
                if count == 0 { try unsafe readBand(band, into: start) }
                band += max(1, count)
            }
        }
    }

    // Bytes of the file that are the rows' bytes.
    private mutating func readDirectly(
        at offset: Int, into destination: UnsafeMutableRawBufferPointer
    ) throws(HDF5Error) {
        guard let bytes = dataset.bytes else { preconditionFailure("HDF5RowReader: no file") }
        try inDataset { () throws(HDF5Error) in try unsafe bytes.read(at: offset, into: destination) }
        counters.storedBytesRead += destination.count
        counters.decodedBytes += destination.count
        counters.readSeconds += clock.lap()
        if dropsPageCache { used.append(offset..<(offset + destination.count)) }
    }

    // Chunks without filters that span rows and follow each other in the file are the rows themselves: one read brings
    // as many as there are, without a copy. Returns how many.
    private mutating func readWholeBands(_ band: Int, into start: UnsafeMutableRawPointer) throws(HDF5Error) -> Int {
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
    private mutating func readBand(_ band: Int, into start: UnsafeMutableRawPointer) throws(HDF5Error) {
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
            mask = entry.filterMask
            try load(number, of: table)
            unsafe stored = unsafe window.stored(entry)
        } else {
            locate(number)
            let byteCount = try dataset.readStoredChunk(at: coordinates, into: &window.buffer, filterMask: &mask)
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
        guard let bytes = dataset.bytes else { preconditionFailure("HDF5RowReader: no file") }
        do throws(HDF5Error) {
            let (range, storedBytes) = try window.load(number, through: lastChunk, of: table, from: bytes)
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

    // `chunk at [32, 0], rows 32..<48`: for messages.
    private mutating func place(of number: Int) -> String {
        locate(number)
        return "chunk at \(coordinates), rows \(coordinates[0])..<\(min(coordinates[0] + chunk[0], dataset.rowCount))"
    }

    // Adds the dataset's name to an error about its file.
    private func inDataset(_ body: () throws(HDF5Error) -> Void) throws(HDF5Error) {
        do throws(HDF5Error) {
            try body()
        } catch {
            throw HDF5Error(error.kind, path: error.path, object: dataset.name, error.message)
        }
    }
}
