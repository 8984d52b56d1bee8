/// Reads a version 1 B-tree of chunks from the file's bytes, after the HDF5 File Format Specification 3.0.
///
/// Sections III.A.1 (version 1 B-trees), IV.A (object headers) and IV.A.2.i (the layout message). Every read is checked
/// against the file's length, every loop against a bound: a damaged file gives an error and never hangs.
struct ChunkIndexReader {
    /// One chunk as the tree has it.
    struct Found {
        var coordinates: [Int]
        var offset: UInt64
        var byteCount: UInt32
        var filterMask: UInt32
    }

    let bytes: FileBytes

    /// Length of the user block: addresses count from its end.
    let base: Int
    let addressSize: Int
    let lengthSize: Int
    let name: String

    /// What the object header says about the tree.
    enum TreeRoot {
        case address(Int)
        /// Nothing was ever written.
        case none
        /// The index is not a version 1 B-tree.
        case otherIndex
    }

    /// Finds the root of the chunk B-tree in the object header.
    func treeAddress(objectAddress: Int, rank: Int) throws(HDF5Error) -> TreeRoot {
        guard let message = try ObjectHeaderReader(reader: self).layoutMessage(at: objectAddress) else {
            return .otherIndex
        }
        var fields = ByteFields(message)
        let version = fields.integer(1)
        let address: UInt64?
        switch version {
        case 1, 2:
            // dimensionality, class, five reserved bytes, address, extents, element size
            guard fields.integer(1) == UInt64(rank + 1), fields.integer(1) == 2 else { return .otherIndex }
            fields.skip(5)
            address = fields.address(addressSize)
        case 3:
            // class, dimensionality, address, extents, element size
            guard fields.integer(1) == 2, fields.integer(1) == UInt64(rank + 1) else { return .otherIndex }
            address = fields.address(addressSize)
        default:
            return .otherIndex
        }
        guard !fields.isExhausted else { return .otherIndex }
        return address.map { .address(Int(clamping: $0)) } ?? .none
    }

    /// Visits every chunk of the tree.
    func walk(
        tree root: Int, rank: Int, mostChunks: Int, _ visit: (Found) throws(HDF5Error) -> Void
    ) throws(HDF5Error) {
        var open: [(address: Int, level: Int?)] = [(root, nil)]
        var nodes = 0
        while let (address, expectedLevel) = open.popLast() {
            nodes += 1
            // Every node holds a chunk; the levels above the leaves at most as many nodes again.
            guard nodes <= 2 * mostChunks + 64 else { throw damaged("its chunk index has a cycle") }
            var header = ByteFields(try read(at: address, count: 8 + 2 * addressSize))
            guard header.integer(4) == 0x4545_5254, header.integer(1) == 1 else {
                throw damaged("its chunk index is damaged at offset \(base + address)")
            }
            let level = Int(header.integer(1))
            let count = Int(header.integer(2))
            if let expectedLevel, level != expectedLevel { throw damaged("its chunk index has levels out of order") }
            let entrySize = 8 + 8 * (rank + 1) + addressSize
            var fields = ByteFields(try read(at: address + 8 + 2 * addressSize, count: count * entrySize))
            for _ in 0..<count {
                let byteCount = UInt32(fields.integer(4))
                let mask = UInt32(fields.integer(4))
                let coordinates = (0..<rank).map { _ in Int(clamping: fields.integer(8)) }
                fields.skip(8)
                guard let child = fields.address(addressSize), child < UInt64(Int.max - base) else {
                    throw damaged("its chunk index has an entry without an address")
                }
                if level > 0 {
                    open.append((Int(child), level - 1))
                } else {
                    try visit(
                        Found(
                            coordinates: coordinates, offset: child + UInt64(base), byteCount: byteCount,
                            filterMask: mask))
                }
            }
        }
    }

    /// Bytes at an address of the file.
    func read(at address: Int, count: Int) throws(HDF5Error) -> [UInt8] {
        guard address >= 0, count >= 0, address <= bytes.byteCount - base - count else {
            throw damaged("truncated: its metadata lies at \(address), the file has \(bytes.byteCount) bytes")
        }
        var failure: HDF5Error?
        let result = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(HDF5Error) {
                try unsafe bytes.read(
                    at: base + address, into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
                filled = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return result
    }

    func damaged(_ message: String) -> HDF5Error { HDF5Error(.damaged, path: bytes.path, object: name, message) }
}

/// Little-endian fields one after the other. Reading past the end gives zeros and sets `isExhausted`.
struct ByteFields {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int
    private(set) var isExhausted = false

    init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Bytes that are left.
    var remaining: Int { bytes.endIndex - position }

    /// An unsigned integer of `size` bytes, at most 8.
    mutating func integer(_ size: Int) -> UInt64 {
        guard size <= remaining else {
            isExhausted = true
            position = bytes.endIndex
            return 0
        }
        var value: UInt64 = 0
        for index in 0..<min(size, 8) { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
        position += size
        return value
    }

    /// An address; all bits set stand for "none".
    mutating func address(_ size: Int) -> UInt64? {
        let value = integer(size)
        let none = size >= 8 ? UInt64.max : (1 << UInt64(8 * size)) - 1
        return value == none ? nil : value
    }

    mutating func skip(_ count: Int) {
        isExhausted = isExhausted || count > remaining
        position += min(count, remaining)
    }

    /// The next `count` bytes, as far as there are any.
    mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        let start = position
        skip(count)
        return bytes[start..<position]
    }
}
