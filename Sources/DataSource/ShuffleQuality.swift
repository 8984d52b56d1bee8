import Memory

/// How well an order mixes data that lies sorted by class: the worst case that people have.
public enum ShuffleQuality {
    /// Classes of the imagined data.
    private static let mostClasses = 128

    /// Samples that are walked: enough for two digits, and some milliseconds.
    private static let mostSamples = 1 << 18

    /// χ² per degree of freedom of the class counts of a batch, for a source of this cut whose rows are sorted by class.
    ///
    /// 1 is a uniform shuffle; the number of classes is no shuffle at all. Found by walking the order that training will
    /// take, not from a formula: it counts what really happens. 1 where there is only one batch.
    public static func chiSquaredPerDegree(of source: some Source, options: BatchOptions) -> Double {
        let rows = source.rowCount
        let batchSize = min(options.batchSize, rows)
        let classes = min(mostClasses, rows / max(1, batchSize))
        guard classes > 1, batchSize > 1 else { return 1 }
        let plan = StreamPlan(source, options: options)
        let order = EpochOrder(
            policy: options.shuffle, seed: options.seed, epoch: options.epochs.lowerBound,
            blockCount: source.blocks.count)
        var cursor = OrderCursor(order, blocks: source.blocks, liveLimit: plan.liveBlocks)
        var counts = [Int](repeating: 0, count: classes)
        let expected = Double(batchSize) / Double(classes)
        var sum = 0.0
        let batches = max(1, min(rows, mostSamples) / batchSize)
        for _ in 0..<batches {
            for index in counts.indices { counts[index] = 0 }
            for _ in 0..<batchSize {
                while cursor.needsBlock { cursor.admit(tag: cursor.admitted) }
                let draw = cursor.draw()
                let block = order.block(at: draw.tag)
                let range = source.blocks[block]
                let row = range.lowerBound + order.row(draw.ordinal, ofBlock: block, rowCount: range.count)
                counts[row * classes / rows] += 1
            }
            sum += counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        }
        return sum / Double(batches) / Double(classes - 1)
    }
}
