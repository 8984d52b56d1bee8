import Memory

/// Rows that are changed at random on their way into a batch.
extension BatchLayout {
    /// Whether something is done to batches once all their rows are there.
    var mixesSamples: Bool { columns.contains { $0.augmenter?.later.isEmpty == false } }

    /// Scratch memory of one worker.
    var augmentationBytes: Int {
        let changes = columns.reduce(0) { max($0, $1.augmenter?.scratchBytes ?? 0) }
        return changes + scratchRowBytes
    }

    /// The longest row that is kept aside: one that was converted, or targets that are mixed.
    var scratchRowBytes: Int {
        guard columns.contains(where: { $0.augmenter != nil }) else { return 0 }
        return columns.reduce(0) { max($0, $1.rowBytes, $1.augmenter?.rows.inputBytes ?? 0) }
    }

    /// Converts and changes stored rows of a column, from row `firstRow` of the batch on.
    ///
    /// - Parameter numbers: of the rows in their source.
    func augment(
        column index: Int, _ augmenter: ColumnAugmenter, rows: UnsafePointer<UnsafeRawPointer?>, count: Int,
        numbers: UnsafePointer<Int>, epoch: Int, into address: UnsafeMutableRawPointer, firstRow: Int,
        scratch: AugmentationScratch
    ) {
        let column = columns[index]
        let target = address + column.offset + firstRow * column.rowBytes
        let converted = UnsafeRawBufferPointer(start: scratch.row.address, count: augmenter.rows.inputBytes)
        for row in 0..<count {
            // Values that do not fit are those of whole numbers only.
            _ = convert(column, rows: rows + row, count: 1, into: scratch.row.address)
            augmenter.apply(
                to: converted, epoch: epoch, number: numbers[row],
                into: UnsafeMutableRawBufferPointer(start: target + row * column.rowBytes, count: column.rowBytes),
                scratch: scratch.bytes)
        }
    }

    /// Does to a batch what takes all its rows.
    ///
    /// - Parameter numbers: of the rows in their source.
    func finish(
        _ batch: BatchDescription, at address: UnsafeMutableRawPointer, numbers: UnsafePointer<Int>,
        scratch: AugmentationScratch
    ) {
        for column in columns {
            guard let augmenter = column.augmenter else { continue }
            finish(column, augmenter.later, batch, at: address, numbers: numbers, scratch: scratch)
        }
    }

    /// Does to a batch what takes all its rows, for one column.
    func finish(
        _ column: Column, _ steps: [ColumnAugmenter.Later], _ batch: BatchDescription,
        at address: UnsafeMutableRawPointer, numbers: UnsafePointer<Int>, scratch: AugmentationScratch
    ) {
        let kept = scratch.row.address.assumingMemoryBound(to: Float.self)
        let samples = (address + column.offset).assumingMemoryBound(to: Float.self)
        for step in steps {
            switch step {
            case .mix(let mixer, let mixesTargets):
                let pairs = mixer.draw(epoch: batch.epoch, position: batch.firstSample, count: batch.rowCount)
                mixer.mix(samples, pairs, scratch: kept)
                for target in mixesTargets ? columns[inputCount..<inputCount + targetCount] : [] {
                    mixer.mixTargets(
                        (address + target.offset).assumingMemoryBound(to: Float.self), target.rowBytes / 4, pairs,
                        scratch: kept)
                }
            case .rows(let augmenter):
                for row in 0..<batch.rowCount {
                    let place = address + column.offset + row * column.rowBytes
                    scratch.row.address.copyMemory(from: place, byteCount: column.rowBytes)
                    augmenter.apply(
                        UnsafeRawBufferPointer(start: kept, count: column.rowBytes), epoch: batch.epoch,
                        sample: numbers[row],
                        into: UnsafeMutableRawBufferPointer(start: place, count: column.rowBytes),
                        scratch: scratch.bytes)
                }
            }
        }
    }
}
