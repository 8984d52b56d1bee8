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
    private let hold: DecodedChunkCache.Hold?
    let cacheColumn: Int
    let chunk: [Int]
    let grid: [Int]
    let chunksInBand: Int
    let chunkBytes: Int
    let spansRows: Bool
    let table: ChunkTable?
    let dropsPageCache: Bool
    var decoder: ChunkDecoder?
    var box: BoxCopy?
    var window: StoredWindow
    var decoded: AlignedBuffer
    var coordinates: [Int]
    var origin: [Int]
    var clock = StageClock()

    // Of the call that is under way: its last chunk, its rows, and what may leave the page cache after it.
    var lastChunk = 0
    var rows = 0..<0
    var used: [Range<Int>] = []

    /// What was read and decoded so far, and in what time.
    package internal(set) var counters = ReadCounters()

    /// Bytes of stored data that were read.
    package var storedBytesRead: Int { counters.storedBytesRead }

    /// Prepares to read `dataset`, whose elements must be numbers. With a `cache`, decoded chunks are shared there
    /// under the number `column`.
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
        hold = cache.map { DecodedChunkCache.Hold($0) }
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
        guard dataset.storage.isDecodedHere else { return libraryBytes(of: dataset) }
        guard case .chunked = dataset.layout else { return 0 }
        return storedBytes(of: dataset) + dataset.chunkBytes
            + ChunkDecoder.scratchBytes(filters: dataset.filters, chunkBytes: dataset.chunkBytes)
    }

    private static func storedBytes(of dataset: HDF5Dataset) -> Int {
        if case .chunks(let table) = dataset.storage {
            return StoredWindow.byteCount(for: table, chunkLimit: dataset.storedChunkLimit)
        }
        // The library hands over chunks of unknown size.
        return dataset.storedChunkLimit
    }

    // What the library holds to read a dataset: its cache of chunks, and besides a chunk in two forms, stored and
    // decoded; where chunks are looked at before, one more that is stored. They are the dataset's and not each
    // reader's, but nobody else counts them.
    private static func libraryBytes(of dataset: HDF5Dataset) -> Int {
        let plain = 64 << 10
        let parts = dataset.parts
        if parts.partCount > 0 {
            let caches = parts.partCount <= DatasetParts.cachesAtOnce ? parts.partCount : 0
            return plain + caches * HDF5Library.chunkCacheBytes + 3 * parts.largestChunkBytes
        }
        guard case .chunked = dataset.layout else { return plain }
        return HDF5Library.chunkCacheBytes + dataset.chunkBytes + 2 * dataset.storedChunkLimit
    }

    /// Tells the kernel that the stored bytes of `rows` will be read soon. Returns at once; does nothing where the
    /// library reads.
    package func advise(rows: Range<Int>) {
        dataset.bytes.willNeed(dataset.storedRanges(of: rows))
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
            try inDataset { () throws(HDF5Error) in try dataset.checkUnchanged() }
            throw error
        }
        try inDataset { () throws(HDF5Error) in try dataset.checkUnchangedAfterRead() }
        if dataset.type.isSwapped {
            unsafe ByteOrder.reverse(destination, elementSize: dataset.elementSize)
            counters.decodeSeconds += clock.lap()
        }
        if !used.isEmpty {
            dataset.bytes.didUse(used)
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
            try unsafe dataset.readThroughLibrary(rows: rows, into: start, retries: &counters.retries)
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
}
