/// How a dataset's chunks are found: what its layout message says (File Format Specification 3.0, section IV.A.2.i).
enum ChunkIndex {
    /// Nothing was ever written.
    case none
    /// A version 1 B-tree: every file that was not written with `libver="latest"`.
    case versionOneTree(root: Int)
    /// One chunk that holds everything. Its stored size and mask are here when it has filters.
    case single(address: Int, filtered: (byteCount: UInt64, mask: UInt32)?)
    /// All chunks one after the other, in the order of the array index.
    case implicit(address: Int)
    /// An array of chunk addresses, where no axis can grow.
    case fixedArray(header: Int)
    /// An array of chunk addresses, where one axis can grow.
    case extensibleArray(header: Int)
    /// A version 2 B-tree, where several axes can grow.
    case versionTwoTree(header: Int)

    /// Finds the index of the dataset whose object header is at `objectAddress`; nil when it is of a kind that this
    /// reader does not know.
    init?(_ reader: MetadataReader, objectAddress: Int, rank: Int) throws(HDF5Error) {
        guard let message = try ObjectHeaderReader(reader: reader).layoutMessage(at: objectAddress) else { return nil }
        var fields = ByteFields(message)
        let version = fields.integer(1)
        switch version {
        case 1, 2:
            // dimensionality, class, five reserved bytes, address, extents, element size
            guard fields.integer(1) == UInt64(rank + 1), fields.integer(1) == 2 else { return nil }
            fields.skip(5)
            self.init(address: fields.address(reader.addressSize)) { .versionOneTree(root: $0) }
        case 3:
            // class, dimensionality, address, extents, element size
            guard fields.integer(1) == 2, fields.integer(1) == UInt64(rank + 1) else { return nil }
            self.init(address: fields.address(reader.addressSize)) { .versionOneTree(root: $0) }
        case 4, 5:
            // class, flags, dimensionality, bytes of an extent, extents, index type, its parameters, address
            guard fields.integer(1) == 2 else { return nil }
            let flags = fields.integer(1)
            guard fields.integer(1) == UInt64(rank + 1) else { return nil }
            fields.skip(Int(fields.integer(1)) * (rank + 1))
            self.init(versionFour: &fields, flags: flags, reader)
        default:
            return nil
        }
        guard !fields.isExhausted else { return nil }
    }

    private init(address: UInt64?, _ index: (Int) -> ChunkIndex) {
        self = address.map { index(Int(clamping: $0)) } ?? .none
    }

    private init?(versionFour fields: inout ByteFields, flags: UInt64, _ reader: MetadataReader) {
        let type = fields.integer(1)
        var filtered: (byteCount: UInt64, mask: UInt32)?
        switch type {
        case 1:
            if flags & 2 != 0 { filtered = (fields.integer(reader.lengthSize), UInt32(fields.integer(4))) }
        case 2: break
        case 3: fields.skip(1)  // page bits, which the array's header has too
        case 4: fields.skip(5)  // block sizes, which the array's header has too
        case 5: fields.skip(6)  // node size and fill, which the tree's header has too
        default: return nil
        }
        self.init(address: fields.address(reader.addressSize)) { address in
            switch type {
            case 1: .single(address: address, filtered: filtered)
            case 2: .implicit(address: address)
            case 3: .fixedArray(header: address)
            case 4: .extensibleArray(header: address)
            default: .versionTwoTree(header: address)
            }
        }
    }
}
