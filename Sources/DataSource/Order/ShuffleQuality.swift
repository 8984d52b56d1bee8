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
        var walk = RowWalk(StreamPlan(source, options: options).rules, epoch: options.epochs.lowerBound)
        var counts = [Int](repeating: 0, count: classes)
        let expected = Double(batchSize) / Double(classes)
        var sum = 0.0
        let batches = max(1, min(rows, mostSamples) / batchSize)
        for _ in 0..<batches {
            for index in counts.indices { counts[index] = 0 }
            for _ in 0..<batchSize {
                counts[walk.next() * classes / rows] += 1
            }
            sum += counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        }
        return sum / Double(batches) / Double(classes - 1)
    }

    /// Worse than this deserves a remark: the goal for a window of one per cent of the data.
    private static let goal = 2.0

    /// What would bring a quality of `value` to 2 or better; nil when it is that good already, or no shuffle is wanted.
    ///
    /// A window draws from as many blocks as fit it. Where that is too few, either the window must grow or the blocks must
    /// shrink, and blocks cannot be smaller than the chunks in which a file was compressed.
    public static func remedy(for value: Double, of source: some Source, options: BatchOptions) -> String? {
        guard value > goal, options.shuffle == .window || options.shuffle == .block else { return nil }
        let plan = StreamPlan(source, options: options)
        let rows = source.blocks.largestRowCount
        let cause =
            "blocks of \(rows) rows (\(ByteCount(plan.blockLayout.byteCount))), the unit in which the data can be decoded, "
            + "limit it: samples come from \(plan.rules.liveBlocks) of \(source.blocks.count) at a time"
        let convert = "write the file with smaller chunks (h5repack -l) or already shuffled"
        guard let needed = windowBytes(reaching: goal, of: source, options: options) else {
            return cause + "; \(convert)"
        }
        let window = "a window of \(ByteCount(needed)) would reach \(goal) (--shuffle window --window, --memory)"
        return cause + "; \(window), or \(convert)"
    }

    // The window that reaches `goal`: by doubling, as the figure is measured and not a formula.
    private static func windowBytes(
        reaching goal: Double, of source: some Source, options: BatchOptions
    ) -> Int? {
        var candidate = options
        candidate.shuffle = .window
        let plan = StreamPlan(source, options: options)
        let blockBytes = plan.blockLayout.byteCount
        var live = max(2, plan.rules.liveBlocks)
        while live < source.blocks.count {
            live = min(live * 2, source.blocks.count)
            candidate.windowBytes = live * blockBytes
            if chiSquaredPerDegree(of: source, options: candidate) <= goal { return candidate.windowBytes }
        }
        return nil
    }
}
