internal import Glibc
internal import HDF5Store
internal import Memory
internal import Shards

/// What a piece becomes: encoded chunks, or the rows of lists, one after the other.
final class ExportedPiece: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: handed from thread to thread, used by one at a time.
    let bytes = GrowableBytes()

    /// Where each chunk or row ends in `bytes`.
    var ends: [Int] = []

    /// Bytes of the shards that were read.
    var inputBytes = 0
    var failure: ShardError?

    func removeAll() {
        bytes.truncate(to: 0)
        ends.removeAll(keepingCapacity: true)
        inputBytes = 0
        failure = nil
    }
}

/// Decodes and encodes pieces: what one thread keeps from piece to piece.
final class ExportWorker: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: used by the pool's thread of its number alone.
    private let dataset: ShardDataset
    private var decoder = BlockDecoder()
    private var encoder: HDF5ChunkEncoder
    private var values = GrowableBytes()
    private var block = GrowableBytes()
    private let level: Int?

    /// Scratch that a worker keeps from piece to piece; a larger piece's is given back.
    static let keptBytes = 4 << 20

    init(_ dataset: ShardDataset, level: Int?) {
        self.dataset = dataset
        self.level = level
        encoder = HDF5ChunkEncoder(level: level)
    }

    /// Makes a piece; a failure is left in `target`.
    func make(_ rows: Range<Int>, of column: ExportColumn, into target: ExportedPiece) {
        target.removeAll()
        do throws(ShardError) {
            if column.list == nil {
                try encode(rows, of: column, into: target)
            } else {
                try collect(rows, of: column, into: target)
            }
        } catch {
            target.failure = error
        }
        giveBack()
    }

    private func giveBack() {
        guard decoder.heldBytes + encoder.heldBytes + values.capacity + block.capacity > Self.keptBytes else { return }
        decoder = BlockDecoder()
        encoder = HDF5ChunkEncoder(level: level)
        values = GrowableBytes()
        block = GrowableBytes()
    }

    // Calls `body` for the rows of each block that is needed, counted from the block's first, with the block loaded.
    private func forEachBlock(
        _ rows: Range<Int>, of column: ExportColumn, _ target: ExportedPiece,
        _ body: (_ rows: Range<Int>, _ firstRow: Int) throws(ShardError) -> Void
    ) throws(ShardError) {
        var row = rows.lowerBound
        while row < rows.upperBound {
            let (shard, block, first) = dataset.place(ofRow: row)
            let file = try dataset.file(shard)
            try decoder.load(file, block: block, columns: column.number..<column.number + 1)
            target.inputBytes += file.storedBytes(block: block, columns: column.number..<column.number + 1)
            let count = min(decoder.rows.count - first, rows.upperBound - row)
            try body(first..<first + count, row)
            row += count
        }
    }

    private func encode(
        _ rows: Range<Int>, of column: ExportColumn, into target: ExportedPiece
    ) throws(ShardError) {
        let item = column.info.itemBytes
        let chunks = (rows.count + column.chunkRows - 1) / column.chunkRows
        values.truncate(to: 0)
        let all = values.extend(by: chunks * column.chunkBytes)
        try forEachBlock(rows, of: column, target) { part, row throws(ShardError) in
            let start = (row - rows.lowerBound) * item
            let place = UnsafeMutableRawBufferPointer(rebasing: all[start..<start + part.count * item])
            guard part.count < decoder.rows.count else {
                return try decoder.decode(column: column.number, into: place)
            }
            block.truncate(to: 0)
            let whole = block.extend(by: decoder.rows.count * item)
            try decoder.decode(column: column.number, into: whole)
            place.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: whole[part.lowerBound * item..<part.upperBound * item]))
        }
        // Chunks are stored whole: the rows behind the data are zeros, so that the same rows give the same bytes.
        let rest = UnsafeMutableRawBufferPointer(rebasing: all[(rows.count * item)...])
        if let address = rest.baseAddress { memset(address, 0, rest.count) }
        for chunk in 0..<chunks {
            let bytes = all[chunk * column.chunkBytes..<(chunk + 1) * column.chunkBytes]
            encoder.encode(
                UnsafeRawBufferPointer(rebasing: bytes), elementSize: column.info.type.byteCount, into: target.bytes)
            target.ends.append(target.bytes.count)
        }
    }

    private func collect(
        _ rows: Range<Int>, of column: ExportColumn, into target: ExportedPiece
    ) throws(ShardError) {
        let item = column.info.itemBytes
        try forEachBlock(rows, of: column, target) { part, row throws(ShardError) in
            let found = try decoder.decodeRagged(column: column.number)
            var start = found.lengths[..<part.lowerBound].reduce(0) { $0 + Int($1) } * item
            for index in part {
                let end = start + Int(found.lengths[index]) * item
                let value = UnsafeRawBufferPointer(rebasing: found.items[start..<end])
                target.bytes.append(value)
                if column.list == .text {
                    try checkText(value, column, row: row + index - part.lowerBound)
                    withUnsafeBytes(of: UInt8(0)) { target.bytes.append($0) }
                }
                target.ends.append(target.bytes.count)
                start = end
            }
        }
    }

    private func checkText(_ text: UnsafeRawBufferPointer, _ column: ExportColumn, row: Int) throws(ShardError) {
        guard let address = text.baseAddress, let zero = memchr(address, 0, text.count) else { return }
        let (shard, block, _) = dataset.place(ofRow: row)
        let first = row - dataset.rows(ofShard: shard).lowerBound
        throw ShardError(
            .invalid, path: dataset.path(ofShard: shard), block: block, column: column.info.name,
            rows: first..<first + 1,
            "expected text, found a zero byte at byte \(UnsafeRawPointer(zero) - UnsafeRawPointer(address)) of row "
                + "\(row) of the dataset: text in HDF5 files ends there; write text as lists of bytes (--text-as-bytes), or "
                + "leave the column out")
    }
}
