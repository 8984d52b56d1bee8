/// A version 2 B-tree of chunks (File Format Specification 3.0, section III.A.2, records of type 10 and 11): for shapes
/// of which several axes can grow.
struct VersionTwoTree {
    let reader: MetadataReader
    let grid: ChunkGrid
    let chunkBytes: Int

    /// What the header says, and what follows from it.
    private struct Header {
        let type: UInt64
        let recordBytes: Int
        let depth: Int
        /// Bytes of a child's number of records.
        let countBytes: Int
        /// Bytes of a child's number of records in its whole subtree, by the child's level: 0 for leaves.
        let totalBytes: [Int]
        let element: ChunkElement
    }

    /// A node that is still to be read.
    private struct Node {
        var address: Int
        var level: Int
        var records: Int
    }

    /// Adds every chunk of the tree whose header is at `address` to the table.
    func read(header address: Int, into table: inout ChunkTable) throws(HDF5Error) {
        var fields = try reader.readBlock(
            "BTHD", at: address, count: 18 + reader.addressSize + reader.lengthSize)
        let header = try header(&fields)
        guard let root = fields.address(reader.addressSize) else { return }
        var open = [Node(address: Int(clamping: root), level: header.depth, records: Int(fields.integer(2)))]
        while let node = open.popLast() {
            let pointerBytes =
                node.level > 0 ? reader.addressSize + header.countBytes + header.totalBytes[node.level - 1] : 0
            var fields = try reader.readBlock(
                node.level > 0 ? "BTIN" : "BTLF", at: node.address,
                count: 6 + node.records * header.recordBytes + (node.level > 0 ? node.records + 1 : 0) * pointerBytes)
            guard fields.integer(1) == header.type else {
                throw reader.damaged("its chunk index mixes kinds of records")
            }
            for _ in 0..<node.records { try add(&fields, header, to: &table) }
            guard node.level > 0 else { continue }
            // The next node to read is at the end of the list: children go there backwards, to be read in their order.
            let firstChild = open.count
            for _ in 0...node.records {
                guard let child = fields.address(reader.addressSize) else {
                    throw reader.damaged("its chunk index has an entry without an address")
                }
                let records = Int(clamping: fields.integer(header.countBytes))
                guard records <= reader.bytes.byteCount else {
                    throw reader.damaged("its chunk index says that a node has \(records) records")
                }
                fields.skip(header.totalBytes[node.level - 1])
                open.insert(
                    Node(address: Int(clamping: child), level: node.level - 1, records: records), at: firstChild)
            }
        }
    }

    // How many records fit into a node of each level follows from the node's size, and decides the width of counts.
    private func header(_ fields: inout ByteFields) throws(HDF5Error) -> Header {
        let type = fields.integer(1)
        let nodeBytes = Int(fields.integer(4))
        let recordBytes = Int(fields.integer(2))
        let depth = Int(fields.integer(2))
        fields.skip(2)  // the shares of a node at which it is split and merged
        let overhead = 10
        guard type == 10 || type == 11, depth < 16, recordBytes > 0, nodeBytes > overhead + recordBytes else {
            throw reader.damaged(
                "its chunk index is a tree of records of type \(type), \(recordBytes) bytes, depth \(depth)")
        }
        let leafRecords = (nodeBytes - overhead) / recordBytes
        let countBytes = Self.width(leafRecords)
        var totalBytes = [0]
        var totalRecords = leafRecords
        for level in 1..<max(1, depth) {
            let pointerBytes = reader.addressSize + countBytes + totalBytes[level - 1]
            let records = max(0, nodeBytes - overhead - pointerBytes) / (recordBytes + pointerBytes)
            let (product, overflow) = totalRecords.multipliedReportingOverflow(by: records + 1)
            guard !overflow, product < Int.max / 2 else { throw reader.damaged("its chunk index is too deep") }
            totalRecords = product + records
            totalBytes.append(Self.width(totalRecords))
        }
        return Header(
            type: type, recordBytes: recordBytes, depth: depth, countBytes: countBytes, totalBytes: totalBytes,
            element: try ChunkElement(
                client: type - 10, elementBytes: recordBytes - 8 * grid.counts.count, chunkBytes: chunkBytes,
                reader: reader))
    }

    // Bytes that hold every number up to `limit`.
    private static func width(_ limit: Int) -> Int { (Int.bitWidth - limit.leadingZeroBitCount - 1) / 8 + 1 }

    // A record: the chunk, then its position on each axis, counted in chunks.
    private func add(_ fields: inout ByteFields, _ header: Header, to table: inout ChunkTable) throws(HDF5Error) {
        let chunk = header.element.next(&fields)
        var number = 0
        for axis in grid.counts.indices {
            let position = fields.integer(8)
            guard position < UInt64(grid.counts[axis]) else {
                throw reader.damaged(
                    "its chunk index has chunk \(position) on axis \(axis), outside its shape of \(grid.counts) chunks")
            }
            number += Int(position) * grid.stride(of: axis)
        }
        guard let chunk else { return }
        try table.add(number, address: chunk.address, byteCount: chunk.byteCount, mask: chunk.mask, reader, grid)
    }
}
