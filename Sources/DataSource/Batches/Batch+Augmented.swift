package import Augmentation
import Memory

extension Batch {
    /// Whether the rows of an input were changed on their way here as a model's own random layers do it.
    package func isAugmentedByModel(input index: Int) -> Bool {
        index < layout.inputCount && layout.columns[index].stored.isAugmentedByModel
    }

    /// A copy of this batch whose inputs are changed at random; rows keep their shape.
    ///
    /// - Parameters:
    ///   - specs: what is done to each input; nil for nothing.
    ///   - step: tells the random numbers of one time from those of another, beside those of (seed, row).
    /// - Throws: `DataError` when a spec cannot be applied to its input.
    package func augmented(
        by specs: [AugmentationSpec?], seed: UInt64, step: Int
    ) throws(DataError) -> Batch {
        let (layout, address) = (layout, address)
        let memory = OwnedBatchMemory(byteCount: layout.byteCount, rowCount: rowCount)
        memory.buffer.address.copyMemory(from: address, byteCount: layout.byteCount)
        for row in 0..<rowCount { memory.rows[row] = sourceRows[row] }
        let copy = BatchDescription(
            slot: 0, rowCount: rowCount, epoch: step, indexInEpoch: indexInEpoch, isLastOfEpoch: isLastOfEpoch,
            firstSample: firstSample, sampleCount: sampleCount)
        for (index, spec) in specs.enumerated() {
            guard let spec, index < layout.inputCount else { continue }
            let column = layout.columns[index]
            let info = ColumnInfo(name: column.stored.name, type: .float32, rowShape: column.rowShape)
            let augmenter: ColumnAugmenter
            do throws(AugmentationError) {
                guard column.type == .float32, !column.isCut else {
                    throw AugmentationError("what is augmented must be float32 rows of one shape, found \(column.type)")
                }
                augmenter = try ColumnAugmenter(spec, of: info, seed: seed, augments: true)
                guard augmenter.rows.outputShape == column.rowShape else {
                    throw AugmentationError("\(spec) changes the shape of rows that are in a batch already")
                }
            } catch { throw DataError(kind: .usage, dataset: info.name, error.description) }
            let scratch = AugmentationScratch(rowBytes: max(column.rowBytes, layout.rowBytes))
            for row in 0..<rowCount {
                let offset = column.offset + row * column.rowBytes
                augmenter.apply(
                    to: UnsafeRawBufferPointer(start: address + offset, count: column.rowBytes), epoch: step,
                    number: sourceRows[row],
                    into: UnsafeMutableRawBufferPointer(
                        start: memory.buffer.address + offset, count: column.rowBytes), scratch: scratch.bytes)
            }
            layout.finish(
                column, augmenter.later, copy, at: memory.buffer.address, numbers: memory.rows, scratch: scratch)
        }
        return Batch(
            BatchDescription(
                slot: 0, rowCount: rowCount, epoch: epoch, indexInEpoch: indexInEpoch, isLastOfEpoch: isLastOfEpoch,
                firstSample: firstSample, sampleCount: sampleCount), layout: layout, address: memory.buffer.address,
            rows: memory.rows, owner: memory, extents: extents)
    }
}
