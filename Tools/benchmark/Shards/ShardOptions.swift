import ArgumentParser

/// What a process of the shards' benchmark is told, ours or a peer's.
struct ShardOptions: ParsableArguments {
    @Option(help: "Samples of a batch.") var batchSize = 128
    @Option(help: "Rows that are shuffled at once: the window.") var windowRows = 10_240
    @Option(help: "Timed epochs of a run; the median counts.") var epochs = 3
    @Option(help: "Single rows of a run.") var rows = 2000

    var arguments: [String] {
        [
            "--batch-size", "\(batchSize)", "--window-rows", "\(windowRows)", "--epochs", "\(epochs)", "--rows",
            "\(rows)",
        ]
    }
}
