import Millrace

/// The shards' figures as text.
enum ShardTable {
    /// All cases of one task, the fastest first, and what follows from them.
    static func print(_ figures: ShardFigures, rounds: Int) {
        Swift.print("\n\(figures.task.name): \(figures.task.title), median of \(rounds) rounds")
        let optional = [
            ("stored_bytes", "stored", { ByteCount(Int($0)).description }),
            ("chi2_per_df", "χ²/df", { fixed($0, 3) }),
            ("first_epoch_rows_per_second", "first epoch", { "\(Int($0))" }),
            ("rows_per_core_second", "rows/core s", { "\(Int($0))" }),
        ].filter { field, _, _ in figures.ranked.contains { figures.median(field, of: $0) != nil } }
        Swift.print(
            "  " + pad("", 18) + pad("rows/s", 11) + pad("ours/theirs", 13)
                + optional.map { pad($0.1, 13) }.joined() + "peak memory")
        let ours = figures.speed(of: ShardTask.ours)
        for name in figures.ranked {
            let speed = figures.speed(of: name)!
            let ratio = name == ShardTask.ours ? nil : ours.map { fixed($0 / speed, 2) }
            let others = optional.map { field, _, text in pad(figures.median(field, of: name).map(text) ?? "", 13) }
            Swift.print(
                "  " + pad(name, 18) + pad("\(Int(speed))", 11) + pad(ratio ?? "", 13) + others.joined()
                    + pad(figures.peak(of: name).description, 13) + (figures.variant(of: name) ?? ""))
        }
        if let best = figures.bestPeer, let ratio = figures.ratio {
            Swift.print("  ours to the best peer (\(best)): \(fixed(ratio, 2))")
        }
        if let disagreement = figures.disagreement { Swift.print("  WRONG: \(disagreement)") }
    }
}
