/// An extensible array of chunks (File Format Specification 3.0, section VII.D): for shapes of which one axis can grow.
///
/// The first elements lie in the index block, the next in data blocks that it points to, the others in data blocks
/// behind super blocks. Super block number u has 2^(u/2) data blocks of 2^((u+1)/2) times the smallest size; those of
/// the first super blocks are listed in the index block itself. Large data blocks are cut into pages.
struct ExtensibleArray {
    let reader: MetadataReader
    let grid: ChunkGrid
    let chunkBytes: Int

    /// What the header says.
    private struct Header {
        let element: ChunkElement
        let elementBytes: Int
        let offsetBytes: Int
        let indexElements: Int
        let smallestBlock: Int
        let superBlockCount: Int
        /// Super blocks whose data blocks are listed in the index block.
        let directSuperBlocks: Int
        let directDataBlocks: Int
        let pageElements: Int
        /// Array indexes from here on are not in the present shape or were never set.
        let bound: UInt64
    }

    /// Adds every chunk of the array whose header is at `address` to the table. Returns false for an array of a form
    /// that the library does not write and this reader does not know.
    func read(header address: Int, into table: inout ChunkTable) throws(HDF5Error) -> Bool {
        var fields = try reader.readBlock(
            "EAHD", at: address, count: 12 + 6 * reader.lengthSize + reader.addressSize)
        guard let header = try header(&fields) else { return false }
        guard let block = fields.address(reader.addressSize) else { return true }

        let superBlocks = header.superBlockCount - header.directSuperBlocks
        let addresses = header.directDataBlocks + superBlocks
        var index = try reader.readBlock(
            "EAIB", at: Int(clamping: block),
            count: 6 + reader.addressSize + header.indexElements * header.elementBytes
                + addresses * reader.addressSize)
        index.skip(1 + reader.addressSize)
        try header.element.add(&index, count: header.indexElements, first: 0, to: &table, reader, grid)

        var first = UInt64(header.indexElements)
        for number in 0..<header.superBlockCount {
            guard first < header.bound else { break }
            let blockCount = 1 << (number / 2)
            let blockElements = header.smallestBlock << ((number + 1) / 2)
            if number < header.directSuperBlocks {
                for position in 0..<UInt64(blockCount) {
                    guard let address = index.address(reader.addressSize) else { continue }
                    try readDataBlock(
                        header, at: Int(clamping: address), first: first + position * UInt64(blockElements),
                        elements: blockElements, into: &table)
                }
            } else if let address = index.address(reader.addressSize) {
                try readSuperBlock(
                    header, at: Int(clamping: address), first: first, blockCount: blockCount, elements: blockElements,
                    into: &table)
            }
            first += UInt64(blockCount) * UInt64(blockElements)
        }
        return true
    }

    private func header(_ fields: inout ByteFields) throws(HDF5Error) -> Header? {
        let client = fields.integer(1)
        let elementBytes = Int(fields.integer(1))
        let indexBits = Int(fields.integer(1))
        let indexElements = Int(fields.integer(1))
        let smallestBlock = Int(fields.integer(1))
        let smallestPointers = Int(fields.integer(1))
        let pageBits = Int(fields.integer(1))
        // Four counts of blocks and their bytes; what matters is the largest index that was ever set.
        fields.skip(4 * reader.lengthSize)
        let setBound = fields.integer(reader.lengthSize)
        fields.skip(reader.lengthSize)
        func isPowerOfTwo(_ value: Int) -> Bool { value > 0 && value & (value - 1) == 0 }
        guard indexBits <= 48, pageBits < 32, isPowerOfTwo(smallestBlock), isPowerOfTwo(smallestPointers),
            indexBits >= smallestBlock.trailingZeroBitCount
        else { return nil }
        let superBlockCount = 1 + indexBits - smallestBlock.trailingZeroBitCount
        let direct = 2 * smallestPointers.trailingZeroBitCount
        // Data blocks without a super block have no place for the marks of their pages.
        guard direct <= superBlockCount, smallestBlock << (direct / 2) <= 1 << pageBits else { return nil }
        return Header(
            element: try ChunkElement(
                client: client, elementBytes: elementBytes, chunkBytes: chunkBytes, reader: reader),
            elementBytes: elementBytes, offsetBytes: (indexBits + 7) / 8, indexElements: indexElements,
            smallestBlock: smallestBlock, superBlockCount: superBlockCount, directSuperBlocks: direct,
            directDataBlocks: 2 * (smallestPointers - 1), pageElements: 1 << pageBits,
            bound: min(setBound, grid.arrayBound))
    }

    private func readSuperBlock(
        _ header: Header, at address: Int, first: UInt64, blockCount: Int, elements: Int, into table: inout ChunkTable
    ) throws(HDF5Error) {
        // signature, version, kind, the header's address, the block's offset in the array
        let prefix = 6 + reader.addressSize + header.offsetBytes
        let pageCount = elements > header.pageElements ? elements / header.pageElements : 0
        let markBytes = (pageCount + 7) / 8 * blockCount
        var fields = try reader.readBlock(
            "EASB", at: address, count: prefix + markBytes + blockCount * reader.addressSize)
        fields.skip(prefix - 5)
        let marks = Array(fields.take(markBytes))
        for block in 0..<blockCount {
            let blockFirst = first + UInt64(block) * UInt64(elements)
            guard blockFirst < header.bound else { return }
            guard let address = fields.address(reader.addressSize) else { continue }
            if pageCount == 0 {
                try readDataBlock(
                    header, at: Int(clamping: address), first: blockFirst, elements: elements, into: &table)
            } else {
                try readPages(
                    header, at: Int(clamping: address), first: blockFirst, pageCount: pageCount,
                    isWritten: { page in
                        let bit = block * pageCount + page
                        return marks[bit / 8] & (0x80 >> UInt8(bit % 8)) != 0
                    }, into: &table)
            }
        }
    }

    private func readDataBlock(
        _ header: Header, at address: Int, first: UInt64, elements: Int, into table: inout ChunkTable
    ) throws(HDF5Error) {
        let prefix = 6 + reader.addressSize + header.offsetBytes
        var fields = try reader.readBlock("EADB", at: address, count: prefix + elements * header.elementBytes)
        fields.skip(prefix - 5)
        try header.element.add(&fields, count: elements, first: first, to: &table, reader, grid)
    }

    // Pages follow the data block's own fields and their checksum. Those that were never written have no contents.
    private func readPages(
        _ header: Header, at address: Int, first: UInt64, pageCount: Int, isWritten: (Int) -> Bool,
        into table: inout ChunkTable
    ) throws(HDF5Error) {
        let prefix = 6 + reader.addressSize + header.offsetBytes
        _ = try reader.readBlock("EADB", at: address, count: prefix)
        let pageBytes = header.pageElements * header.elementBytes
        for page in 0..<pageCount where isWritten(page) {
            let pageFirst = first + UInt64(page) * UInt64(header.pageElements)
            guard pageFirst < header.bound else { return }
            var fields = try reader.readVerified(at: address + prefix + 4 + page * (pageBytes + 4), count: pageBytes)
            try header.element.add(&fields, count: header.pageElements, first: pageFirst, to: &table, reader, grid)
        }
    }
}
