/// A version 1 B-tree of chunks (File Format Specification 3.0, section III.A.1). It has no checksums.
struct VersionOneTree {
    let reader: MetadataReader
    let grid: ChunkGrid

    /// Adds every chunk below `root` to the table.
    func read(root: Int, into table: inout ChunkTable) throws(HDF5Error) {
        let rank = grid.counts.count
        let addressSize = reader.addressSize
        var open: [(address: Int, level: Int?)] = [(root, nil)]
        var nodes = 0
        while let (address, expectedLevel) = open.popLast() {
            nodes += 1
            // Every node holds a chunk; the levels above the leaves at most as many nodes again.
            guard nodes <= 2 * grid.total + 64 else { throw reader.damaged("its chunk index has a cycle") }
            var header = ByteFields(try reader.read(at: address, count: 8 + 2 * addressSize))
            guard header.integer(4) == 0x4545_5254, header.integer(1) == 1 else {
                throw reader.damaged("its chunk index is damaged at offset \(reader.base + address)")
            }
            let level = Int(header.integer(1))
            let count = Int(header.integer(2))
            if let expectedLevel, level != expectedLevel {
                throw reader.damaged("its chunk index has levels out of order")
            }
            let entrySize = 8 + 8 * (rank + 1) + addressSize
            var fields = ByteFields(try reader.read(at: address + 8 + 2 * addressSize, count: count * entrySize))
            // The next node to read is at the end of the list: children go there backwards, to be read in their order.
            let firstChild = open.count
            for _ in 0..<count {
                let byteCount = fields.integer(4)
                let mask = UInt32(fields.integer(4))
                var position = fields
                fields.skip(8 * (rank + 1))
                guard let child = fields.address(addressSize) else {
                    throw reader.damaged("its chunk index has an entry without an address")
                }
                if level > 0 {
                    open.insert((Int(clamping: child), level - 1), at: firstChild)
                } else {
                    let number = try number(&position)
                    try table.add(number, address: child, byteCount: byteCount, mask: mask, reader, grid)
                }
            }
        }
    }

    // The fields are the coordinates of the chunk's first element.
    private func number(_ fields: inout ByteFields) throws(HDF5Error) -> Int {
        var number = 0
        for axis in grid.counts.indices {
            let coordinate = fields.integer(8)
            let (position, rest) = coordinate.quotientAndRemainder(dividingBy: UInt64(grid.chunk[axis]))
            guard rest == 0, position < UInt64(grid.counts[axis]) else {
                throw reader.damaged(
                    "its chunk index has a chunk at \(coordinate) on axis \(axis), outside its shape of"
                        + " \(grid.counts) chunks of \(grid.chunk)")
            }
            number += Int(position) * grid.stride(of: axis)
        }
        return number
    }
}
