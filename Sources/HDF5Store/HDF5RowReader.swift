internal import CHDF5
internal import Codecs
internal import Memory

/// Reads rows of one dataset in native byte order. One per worker: it owns the decoder and its scratch memory.
///
/// Stored chunks are read by position and decoded here, outside the library's lock; what `HDF5Dataset.libraryReason`
/// names goes through the library.
package struct HDF5RowReader: ~Copyable {
    private let dataset: HDF5Dataset
    private let cache: DecodedChunkCache?
    private let cacheColumn: Int
    private let chunk: [Int]
    private let grid: [Int]
    private let chunkBytes: Int
    private let spansRows: Bool
    private var decoder: ChunkDecoder?
    private var box: BoxCopy?
    private var stored: AlignedBuffer
    private var decoded: AlignedBuffer
    private var coordinates: [Int]
    private var origin: [Int]

    /// Bytes of stored data that were read.
    package private(set) var storedBytesRead = 0

    /// Prepares to read `dataset`, whose elements must be numbers. With a `cache`, decoded chunks are shared there under
    /// the number `column`.
    package init(_ dataset: HDF5Dataset, cache: DecodedChunkCache? = nil, column: Int = 0) {
        precondition(dataset.type.scalar != nil, "HDF5RowReader: \(dataset.name) does not hold numbers")
        self.dataset = dataset
        self.cache = cache
        cacheColumn = column
        coordinates = dataset.shape.map { _ in 0 }
        origin = Array(coordinates.dropFirst())
        if case .chunked(let extents) = dataset.layout, dataset.storage.isDecodedHere {
            chunk = extents
            grid = zip(dataset.shape, extents).map { ($0 + $1 - 1) / $1 }
            chunkBytes = dataset.chunkBytes
            spansRows = chunk.dropFirst() == dataset.shape.dropFirst()
            decoder = ChunkDecoder(
                filters: dataset.filters, elementSize: dataset.elementSize, chunkBytes: chunkBytes)
            box = BoxCopy(chunk: chunk, data: dataset.shape, elementSize: dataset.elementSize)
            stored = AlignedBuffer(byteCount: Self.storedBytes(of: dataset))
            decoded = AlignedBuffer(byteCount: cache == nil ? chunkBytes : 0)
        } else {
            chunk = []
            grid = []
            chunkBytes = 0
            spansRows = true
            stored = AlignedBuffer(byteCount: 0)
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
        if case .chunks(let table) = dataset.storage { return table.largestByteCount }
        // The library hands over chunks of unknown size: compressed ones are rarely larger than this.
        return dataset.chunkBytes + dataset.chunkBytes / 64 + 4096
    }

    /// Reads `rows` into `destination`, which has exactly their size.
    package mutating func read(
        rows: Range<Int>, into destination: UnsafeMutableRawBufferPointer
    ) throws(HDF5Error) {
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= dataset.rowCount
                && destination.count == rows.count * dataset.rowBytes,
            "HDF5RowReader: rows \(rows) of \(dataset.rowCount) into \(destination.count) bytes")
        guard let start = destination.baseAddress, destination.count > 0 else { return }
        switch dataset.storage {
        case .contiguous(let offset):
            guard let bytes = dataset.bytes else { preconditionFailure("HDF5RowReader: no file") }
            try inDataset { () throws(HDF5Error) in
                try unsafe bytes.read(at: offset + rows.lowerBound * dataset.rowBytes, into: destination)
            }
            storedBytesRead += destination.count
        case .library:
            try unsafe dataset.readThroughLibrary(rows: rows, into: start)
            storedBytesRead += destination.count
        case .chunks, .storedChunks:
            for gridRow in (rows.lowerBound / chunk[0])...((rows.upperBound - 1) / chunk[0]) {
                try unsafe readBand(gridRow, rows: rows, into: start)
            }
        }
        if dataset.type.isSwapped {
            unsafe ByteOrder.reverse(destination, elementSize: dataset.elementSize)
        }
    }

    // All chunks at one position of the first axis.
    private mutating func readBand(
        _ gridRow: Int, rows: Range<Int>, into start: UnsafeMutableRawPointer
    ) throws(HDF5Error) {
        let first = gridRow * chunk[0]
        let overlap = rows.clamped(to: first..<min(first + chunk[0], dataset.rowCount))
        let count = grid.dropFirst().reduce(1, *)
        for index in 0..<count {
            let number = gridRow * count + index
            if spansRows {
                let target = unsafe start + (overlap.lowerBound - rows.lowerBound) * dataset.rowBytes
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
                        from: source, chunkRow: overlap.lowerBound - first, to: start,
                        dataRow: overlap.lowerBound - rows.lowerBound, rowCount: overlap.count, origin: reader.origin)
                }
            }
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
        var byteCount = 0
        switch dataset.storage {
        case .chunks(let table):
            let entry = table.entries[number]
            byteCount = Int(entry.byteCount)
            mask = entry.filterMask
            guard byteCount > 0 else { return unsafe fill(destination) }
            guard let bytes = dataset.bytes else { preconditionFailure("HDF5RowReader: no file") }
            let stays = decoder?.isIdentity ?? true
            let target =
                unsafe stays && byteCount == destination.count
                ? destination : UnsafeMutableRawBufferPointer(rebasing: stored.bytes[..<byteCount])
            try inDataset { () throws(HDF5Error) in try unsafe bytes.read(at: Int(entry.offset), into: target) }
            storedBytesRead += byteCount
            if unsafe target.baseAddress == destination.baseAddress { return }
        default:
            locate(number)
            byteCount = try dataset.readStoredChunk(at: coordinates, into: &stored, filterMask: &mask)
            storedBytesRead += byteCount
            guard byteCount > 0 else { return unsafe fill(destination) }
        }
        do throws(CodecError) {
            try unsafe decoder?.decode(
                UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(stored.bytes)[..<byteCount]), filterMask: mask,
                into: destination)
        } catch {
            locate(number)
            throw HDF5Error(
                .corrupt, path: dataset.file.path, object: dataset.name, "chunk at \(coordinates): \(error)")
        }
    }

    private func fill(_ destination: UnsafeMutableRawBufferPointer) {
        let size = dataset.fillValue.count
        if dataset.fillValue.allSatisfy({ $0 == 0 }) {
            _ = unsafe destination.initializeMemory(as: UInt8.self, repeating: 0)
        } else {
            for index in destination.indices { unsafe destination[index] = dataset.fillValue[index % size] }
        }
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
