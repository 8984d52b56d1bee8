internal import CHDF5
internal import Files

/// Where a dataset's chunks lie in the file, by their position in the grid of chunks.
///
/// Why this is not asked of the library: in HDF5 1.10.8 both `H5Dget_chunk_info` and `H5Dget_chunk_info_by_coord` walk
/// the index from its start on every call. Measured on 20,000 chunks: by coordinate 2 µs a call for the first chunks,
/// 175 µs in the middle, 380 µs for the last (latest format, extensible array: 15, 1,900 and 3,300 µs), which makes
/// 3.8 s and 34 s for a table. `H5Dchunk_iter` came later. So every kind of index (`ChunkIndex`) is read here. What is
/// not understood gives no table, and stored chunks come from `H5Dread_chunk`, whose look-up is logarithmic.
struct ChunkTable: Sendable {
    /// One chunk, 16 bytes. `byteCount` 0 means that it was never written.
    struct Entry: Sendable {
        var offset: UInt64 = 0
        var byteCount: UInt32 = 0

        /// Bit i set: filter i was skipped for this chunk.
        var filterMask: UInt32 = 0

        /// The stored bytes in the file.
        var range: Range<Int> { Int(offset)..<(Int(offset) + Int(byteCount)) }
    }

    /// Chunks in row-major order of the grid.
    private(set) var entries: [Entry]

    /// The largest stored chunk.
    private(set) var largestByteCount = 0

    /// All stored chunks together.
    private(set) var totalByteCount = 0

    /// More positions than this are not tabulated: 2^27 entries are 2 GiB.
    private static let mostEntries = 1 << 27

    /// Tables up to this length are made however small the file is; longer ones only when the file could hold the
    /// index.
    private static let freeEntries = 1 << 20

    // Reads the table, or returns nil for an index of a kind that is not known. Called inside the library's lock.
    init?(
        _ dataset: Opened, chunk: [Int], bytes: FileBytes, name: String
    ) throws(HDF5Error) {
        let count = zip(dataset.shape, chunk).reduce(1.0) { $0 * Double(($1.0 + $1.1 - 1) / $1.1) }
        // A shape that a damaged file claims must not take memory that no file of this length can justify.
        guard count <= Double(min(Self.mostEntries, max(Self.freeEntries, bytes.byteCount))),
            let reader = try Self.reader(dataset, bytes: bytes, name: name),
            let index = try ChunkIndex(reader, objectAddress: Int(clamping: dataset.objectAddress), rank: chunk.count)
        else { return nil }
        let grid = ChunkGrid(shape: dataset.shape, chunk: chunk, limits: try dataset.limits(bytes.path, name))
        entries = [Entry](repeating: Entry(), count: grid.total)
        let chunkBytes = chunk.reduce(dataset.elementSize, *)
        switch index {
        case .none: return
        case .versionOneTree(let root): try VersionOneTree(reader: reader, grid: grid).read(root: root, into: &self)
        case .single(let address, let filtered):
            guard grid.total == 1, dataset.filters.isEmpty == (filtered == nil) else { return nil }
            try add(
                0, address: UInt64(address), byteCount: filtered?.byteCount ?? UInt64(chunkBytes),
                mask: filtered?.mask ?? 0, reader, grid)
        case .implicit(let address):
            guard grid.hasArrayOrder, grid.arrayBound <= UInt64(bytes.byteCount) else { return nil }
            for position in 0..<grid.arrayBound {
                guard let number = grid.number(arrayIndex: position) else { continue }
                let (distance, overflow) = position.multipliedReportingOverflow(by: UInt64(chunkBytes))
                guard !overflow else { return nil }
                try add(
                    number, address: UInt64(address) &+ distance, byteCount: UInt64(chunkBytes), mask: 0, reader, grid)
            }
        case .fixedArray(let header):
            guard grid.hasArrayOrder else { return nil }
            try FixedArray(reader: reader, grid: grid, chunkBytes: chunkBytes).read(header: header, into: &self)
        case .extensibleArray(let header):
            guard grid.hasArrayOrder else { return nil }
            let array = ExtensibleArray(reader: reader, grid: grid, chunkBytes: chunkBytes)
            guard try array.read(header: header, into: &self) else { return nil }
        case .versionTwoTree(let header):
            try VersionTwoTree(reader: reader, grid: grid, chunkBytes: chunkBytes).read(header: header, into: &self)
        }
        // The library's own sum over the index: if it differs, this reader misunderstood the file: do not use the
        // table.
        guard UInt64(totalByteCount) == H5Dget_storage_size(dataset.id) else { return nil }
    }

    private static func reader(
        _ dataset: Opened, bytes: FileBytes, name: String
    ) throws(HDF5Error) -> MetadataReader? {
        let creation = try HDF5Handle(
            H5Fget_create_plist(dataset.container.id), close: H5Pclose, .damaged, path: bytes.path, "its properties")
        var userBlock: hsize_t = 0
        var addressSize = 0
        var lengthSize = 0
        guard unsafe H5Pget_userblock(creation.id, &userBlock) >= 0,
            unsafe H5Pget_sizes(creation.id, &addressSize, &lengthSize) >= 0, (1...8).contains(addressSize),
            (1...8).contains(lengthSize), userBlock <= UInt64(bytes.byteCount)
        else { return nil }
        return MetadataReader(
            bytes: bytes, base: Int(userBlock), addressSize: addressSize, lengthSize: lengthSize, name: name)
    }

    /// Enters a chunk that an index names: `address` counts from the end of the user block.
    mutating func add(
        _ number: Int, address: UInt64, byteCount: UInt64, mask: UInt32, _ reader: MetadataReader, _ grid: ChunkGrid
    ) throws(HDF5Error) {
        let (offset, overflow) = address.addingReportingOverflow(UInt64(reader.base))
        let fileLength = UInt64(reader.bytes.byteCount)
        guard !overflow, offset <= fileLength, fileLength - offset >= byteCount, byteCount <= UInt32.max else {
            throw reader.damaged(
                "truncated: the chunk at \(grid.coordinates(of: number)) is at address \(address) with \(byteCount)"
                    + " bytes, the file has \(fileLength)")
        }
        totalByteCount += Int(byteCount)
        largestByteCount = max(largestByteCount, Int(byteCount))
        entries[number] = Entry(offset: offset, byteCount: UInt32(byteCount), filterMask: mask)
    }
}
