/// Finds the layout message in an object header, version 1 or 2, through its continuation blocks.
struct ObjectHeaderReader {
    let reader: MetadataReader

    private static let layoutType = 0x08
    private static let continuationType = 0x10

    /// A run of messages.
    private struct Block {
        var address: Int
        var byteCount: Int
    }

    /// The body of the layout message, or nil when the header is of a form that this reader does not know.
    func layoutMessage(at address: Int) throws(HDF5Error) -> [UInt8]? {
        let start = try reader.read(at: address, count: 16)
        if start.starts(with: "OHDR".utf8) { return try version2(at: address) }
        guard start[0] == 1 else { return nil }
        // version, reserved, message count (2), reference count (4), header size (4), padding to 8
        var fields = ByteFields(start)
        fields.skip(8)
        let size = Int(fields.integer(4))
        return try search(Block(address: address + 16, byteCount: size)) { fields in
            // type (2), size (2), flags, three reserved bytes
            let type = Int(fields.integer(2))
            let size = Int(fields.integer(2))
            fields.skip(4)
            return (type, size)
        }
    }

    private func version2(at address: Int) throws(HDF5Error) -> [UInt8]? {
        var fields = ByteFields(try reader.read(at: address, count: 6))
        fields.skip(4)
        guard fields.integer(1) == 2 else { return nil }
        let flags = fields.integer(1)
        let skipped = (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
        let sizeBytes = 1 << Int(flags & 3)
        var sizeField = ByteFields(try reader.read(at: address + 6 + skipped, count: sizeBytes))
        let size = Int(clamping: sizeField.integer(sizeBytes))
        let hasOrder = flags & 0x04 != 0
        return try search(Block(address: address + 6 + skipped + sizeBytes, byteCount: size)) { fields in
            // type, size (2), flags, creation order (2) when it is tracked
            let type = Int(fields.integer(1))
            let size = Int(fields.integer(2))
            fields.skip(hasOrder ? 3 : 1)
            return (type, size)
        }
    }

    // `next` reads the head of a message: its type and the size of its body.
    private func search(
        _ first: Block, next: (inout ByteFields) -> (type: Int, size: Int)
    ) throws(HDF5Error) -> [UInt8]? {
        var blocks = [first]
        var visited = 0
        while let block = blocks.popLast() {
            visited += 1
            guard visited <= 1024 else { throw reader.damaged("its object header has a cycle") }
            let content = try reader.read(at: block.address, count: block.byteCount)
            var fields = ByteFields(content)
            // A continuation of version 2 starts with a signature and ends with a checksum.
            if content.starts(with: "OCHK".utf8) {
                fields = ByteFields(content.dropLast(4))
                fields.skip(4)
            }
            while fields.remaining >= 4 {
                let (type, size) = next(&fields)
                var body = ByteFields(fields.take(size))
                guard !fields.isExhausted else { break }
                if type == Self.layoutType { return Array(body.take(body.remaining)) }
                if type == Self.continuationType, let address = body.address(reader.addressSize) {
                    blocks.append(
                        Block(
                            address: Int(clamping: address), byteCount: Int(clamping: body.integer(reader.lengthSize))))
                }
            }
        }
        return nil
    }
}
