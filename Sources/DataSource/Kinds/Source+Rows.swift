package import Memory

extension Source {
    /// Decodes rows of one block and gives the bytes of each column, in the order of `columns`, to `body`: for those who
    /// want the rows and no batches.
    ///
    /// - Parameters:
    ///   - reader: one of this source's; one thread at a time.
    ///   - scratch: memory of the rows, which grows when it is too small.
    package func read(
        rows: Range<Int>, with reader: any BlockReader, scratch: inout AlignedBuffer,
        _ body: (_ column: Int, UnsafeRawBufferPointer) -> Void
    ) throws(DataError) {
        let layout = BlockLayout(columns, largestRowCount: rows.count)
        if scratch.byteCount < layout.byteCount { scratch = AlignedBuffer(byteCount: layout.byteCount) }
        let destination = BlockDestination(address: scratch.address, layout: layout, rowCount: rows.count, epoch: 0)
        try reader.read(rows: rows, into: destination)
        for column in layout.rowBytes.indices { body(column, UnsafeRawBufferPointer(destination[column])) }
    }
}
