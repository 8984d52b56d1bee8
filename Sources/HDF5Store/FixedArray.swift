/// A fixed array of chunks (File Format Specification 3.0, section VII.C): for shapes that cannot grow.
struct FixedArray {
    let reader: MetadataReader
    let grid: ChunkGrid
    let chunkBytes: Int

    /// Adds every chunk of the array whose header is at `address` to the table.
    func read(header address: Int, into table: inout ChunkTable) throws(HDF5Error) {
        var header = try reader.readBlock(
            "FAHD", at: address, count: 8 + reader.lengthSize + reader.addressSize)
        let client = header.integer(1)
        let elementBytes = Int(header.integer(1))
        let pageBits = header.integer(1)
        let count = Int(clamping: header.integer(reader.lengthSize))
        guard let block = header.address(reader.addressSize) else { return }
        let element = try ChunkElement(
            client: client, elementBytes: elementBytes, chunkBytes: chunkBytes, reader: reader)
        guard pageBits < 32, count <= reader.bytes.byteCount << 16 else {
            throw reader.damaged("its chunk index says that it has \(count) elements, in pages of 2^\(pageBits)")
        }
        let start = Int(clamping: block)
        // signature, version, kind, the header's address
        let prefix = 6 + reader.addressSize
        let pageElements = 1 << Int(pageBits)
        // The library would read elements behind the array's end.
        guard UInt64(count) >= grid.arrayBound else {
            throw reader.damaged("its chunk index has \(count) elements, expected at least \(grid.arrayBound)")
        }
        guard count > pageElements else {
            guard count <= reader.bytes.byteCount else { throw reader.damaged("truncated: its chunk index is cut") }
            var fields = try reader.readBlock("FADB", at: start, count: prefix + count * elementBytes)
            fields.skip(1 + reader.addressSize)
            try element.add(&fields, count: count, first: 0, to: &table, reader, grid)
            return
        }
        let pageCount = (count + pageElements - 1) / pageElements
        let bitmapBytes = (pageCount + 7) / 8
        var fields = try reader.readBlock("FADB", at: start, count: prefix + bitmapBytes)
        fields.skip(1 + reader.addressSize)
        let written = Array(fields.take(bitmapBytes))
        var pageStart = start + prefix + bitmapBytes + 4
        for page in 0..<pageCount {
            let inPage = min(pageElements, count - page * pageElements)
            // Pages of which no chunk was written are room in the file with undefined contents.
            if written[page / 8] & (0x80 >> UInt8(page % 8)) != 0 {
                guard inPage <= reader.bytes.byteCount else {
                    throw reader.damaged("truncated: its chunk index is cut")
                }
                var elements = try reader.readVerified(at: pageStart, count: inPage * elementBytes)
                try element.add(
                    &elements, count: inPage, first: UInt64(page * pageElements), to: &table, reader, grid)
            }
            pageStart += inPage * elementBytes + 4
        }
    }
}
