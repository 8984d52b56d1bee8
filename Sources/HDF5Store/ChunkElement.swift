/// One chunk as the arrays of the latest formats hold it: its address and, with filters, its stored size and mask.
///
/// The width of the size field follows from the element's; its rule differs between versions of the layout message.
struct ChunkElement {
    private let addressSize: Int
    private let sizeBytes: Int
    private let isFiltered: Bool
    private let chunkBytes: UInt64

    /// `client` is the block's identifier of what it holds: 0 chunks as they are, 1 filtered chunks.
    init(client: UInt64, elementBytes: Int, chunkBytes: Int, reader: MetadataReader) throws(HDF5Error) {
        addressSize = reader.addressSize
        isFiltered = client == 1
        sizeBytes = isFiltered ? elementBytes - addressSize - 4 : 0
        self.chunkBytes = UInt64(chunkBytes)
        guard client <= 1, isFiltered ? (1...8).contains(sizeBytes) : elementBytes == addressSize else {
            throw reader.damaged("its chunk index has elements of \(elementBytes) bytes of kind \(client)")
        }
    }

    /// The next element: nil when no such chunk was written.
    func next(_ fields: inout ByteFields) -> (address: UInt64, byteCount: UInt64, mask: UInt32)? {
        let address = fields.address(addressSize)
        let byteCount = isFiltered ? fields.integer(sizeBytes) : chunkBytes
        let mask = isFiltered ? UInt32(fields.integer(4)) : 0
        return address.map { ($0, byteCount, mask) }
    }

    /// Adds `count` elements, of which the first has the array index `first`, to the table.
    func add(
        _ fields: inout ByteFields, count: Int, first: UInt64, to table: inout ChunkTable, _ reader: MetadataReader,
        _ grid: ChunkGrid
    ) throws(HDF5Error) {
        for index in 0..<UInt64(count) {
            // Elements behind the present shape are room for growth.
            guard let (address, byteCount, mask) = next(&fields), let number = grid.number(arrayIndex: first + index)
            else { continue }
            try table.add(number, address: address, byteCount: byteCount, mask: mask, reader, grid)
        }
    }
}
