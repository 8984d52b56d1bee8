public import Memory

extension Batch {
    /// A batch of your own numbers, for `trainOnBatch` and the like.
    ///
    /// Inputs become what `inputTypes` says, by default float32. Targets become what `targetTypes` says, by default int32 for whole numbers and float32 for
    /// others. Throws when an input or a target does not fit its type, or columns have different numbers of rows.
    public init(
        inputs: [ArrayColumn], targets: [ArrayColumn] = [], sampleWeight: ArrayColumn? = nil,
        inputTypes: [ScalarType]? = nil, targetTypes: [ScalarType]? = nil
    ) throws(DataError) {
        let all = inputs + targets + (sampleWeight.map { [$0] } ?? [])
        let rowCount = all.first?.rowCount ?? 0
        guard all.allSatisfy({ $0.rowCount == rowCount }) else {
            throw DataError(
                kind: .usage,
                "Batch: columns have different numbers of rows ("
                    + all.map { "\($0.info.name) \($0.rowCount)" }.joined(separator: ", ")
                    + "), expected as many in each")
        }
        let layout = BatchLayout(
            inputs: inputs.map(\.info), targets: targets.map(\.info), sampleWeight: sampleWeight?.info,
            inputTypes: inputTypes, targetTypes: targetTypes, batchSize: rowCount)
        let memory = OwnedBatchMemory(byteCount: layout.byteCount, rowCount: rowCount)
        for (index, column) in all.enumerated() {
            let bytes = column.bytes(of: 0..<rowCount)
            let rows = (0..<rowCount).map { row -> UnsafeRawPointer? in
                bytes.baseAddress.map { $0 + row * column.info.rowBytes }
            }
            let count = layout.gather(
                column: index, rows: rows, count: rowCount, into: memory.buffer.address, firstRow: 0)
            if count > 0, let bad = layout.badValue(column: index, rows: rows, count: rowCount) {
                throw layout.error(bad, row: bad.index, at: RowLocation(row: bad.index))
            }
        }
        self.init(
            BatchDescription(
                slot: 0, rowCount: rowCount, epoch: 0, indexInEpoch: 0, isLastOfEpoch: true, firstSample: 0,
                sampleCount: rowCount),
            layout: layout, address: memory.buffer.address, rows: memory.rows, owner: memory)
    }

    /// Rows of `shape` with one whole number each as the target.
    public init(x: [Float], shape: Shape, y: [Int32]) throws(DataError) {
        try self.init(inputs: [ArrayColumn("x", x, rowShape: shape)], targets: [ArrayColumn("y", y)])
    }

    /// Rows of `shape` with targets of rows of `targetShape`.
    public init(x: [Float], shape: Shape, y: [Float], targetShape: Shape = []) throws(DataError) {
        try self.init(
            inputs: [ArrayColumn("x", x, rowShape: shape)], targets: [ArrayColumn("y", y, rowShape: targetShape)])
    }
}

/// The memory of one batch that belongs to no stream.
final class OwnedBatchMemory: BatchOwner {
    let buffer: AlignedBuffer
    let rows: UnsafeMutablePointer<Int>

    init(byteCount: Int, rowCount: Int) {
        buffer = AlignedBuffer(byteCount: byteCount)
        rows = .allocate(capacity: max(1, rowCount))
        for row in 0..<rowCount { rows[row] = row }
    }

    deinit { rows.deallocate() }
}
