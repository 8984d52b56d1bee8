internal import CHDF5

/// Where a dataset's chunks lie in the file, by their position in the grid of chunks.
///
/// Why this is not asked of the library: in HDF5 1.10.8 both `H5Dget_chunk_info` and `H5Dget_chunk_info_by_coord` walk
/// the index from its start on every call. Measured on 20,000 chunks: by coordinate 2 µs a call for the first chunks,
/// 175 µs in the middle, 380 µs for the last (latest format, extensible array: 15, 1,900 and 3,300 µs), which makes
/// 3.8 s and 34 s for a table. `H5Dchunk_iter` came later. So the version 1 B-tree, the index of every file that was not
/// written with `libver="latest"`, is read here (`ChunkIndexReader`): 20,000 chunks take 12–17 ms, 1,000,000 take
/// 0.4–0.7 s. Other indexes give no table, and stored chunks come from `H5Dread_chunk`, whose look-up is logarithmic.
struct ChunkTable: Sendable {
    /// One chunk. `byteCount` 0 means that it was never written.
    struct Entry: Sendable {
        var offset: UInt64 = 0
        var byteCount: UInt32 = 0

        /// Bit i set: filter i was skipped for this chunk.
        var filterMask: UInt32 = 0
    }

    /// Chunks in row-major order of the grid.
    private(set) var entries: [Entry]

    /// The largest stored chunk.
    private(set) var largestByteCount = 0

    /// More positions than this are not tabulated: 2^27 entries are 2 GiB.
    private static let mostEntries = 1 << 27

    // Reads the table, or returns nil for an index of another kind. Called inside the library's lock.
    init?(
        _ dataset: Opened, chunk: [Int], bytes: FileBytes, name: String
    ) throws(HDF5Error) {
        let grid = zip(dataset.shape, chunk).map { ($0 + $1 - 1) / $1 }
        let count = grid.reduce(1.0) { $0 * Double($1) }
        guard count <= Double(Self.mostEntries) else { return nil }
        entries = [Entry](repeating: Entry(), count: grid.reduce(1, *))

        let creation = try HDF5Handle(
            H5Fget_create_plist(dataset.container.id), close: H5Pclose, .damaged, path: bytes.path, "its properties")
        var userBlock: hsize_t = 0
        var addressSize = 0
        var lengthSize = 0
        guard unsafe H5Pget_userblock(creation.id, &userBlock) >= 0,
            unsafe H5Pget_sizes(creation.id, &addressSize, &lengthSize) >= 0
        else { return nil }
        let reader = ChunkIndexReader(
            bytes: bytes, base: Int(userBlock), addressSize: addressSize, lengthSize: lengthSize, name: name)
        let root: Int
        switch try reader.treeAddress(objectAddress: Int(dataset.objectAddress), rank: chunk.count) {
        case .address(let address): root = address
        case .none: return
        case .otherIndex: return nil
        }

        var total: UInt64 = 0
        try reader.walk(tree: root, rank: chunk.count, mostChunks: entries.count) { found throws(HDF5Error) in
            var index = 0
            for axis in grid.indices {
                let (position, rest) = found.coordinates[axis].quotientAndRemainder(dividingBy: chunk[axis])
                guard rest == 0, position >= 0, position < grid[axis] else {
                    throw HDF5Error(
                        .damaged, path: bytes.path, object: name,
                        "its index has a chunk at \(found.coordinates), outside its shape \(dataset.shape)")
                }
                index = index * grid[axis] + position
            }
            guard found.offset <= UInt64(bytes.byteCount), UInt64(bytes.byteCount) - found.offset >= found.byteCount
            else {
                throw HDF5Error(
                    .damaged, path: bytes.path, object: name,
                    "truncated: the chunk at \(found.coordinates) is at offset \(found.offset) with"
                        + " \(found.byteCount) bytes, the file has \(bytes.byteCount)")
            }
            total += UInt64(found.byteCount)
            largestByteCount = max(largestByteCount, Int(found.byteCount))
            entries[index] = Entry(
                offset: found.offset, byteCount: found.byteCount, filterMask: found.filterMask)
        }
        // The library's own sum over the index: if it differs, this reader misunderstood the file: do not use the table.
        guard total == H5Dget_storage_size(dataset.id) else { return nil }
    }
}
