import ArgumentParser

/// `millrace shard`: makes, checks and explains datasets of shards.
struct Shard: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes, checks and explains datasets of shards.",
        discussion: """
            Example:
              millrace shard convert photos/ --resize 224x224 --shuffle 7 --out shards
              millrace shard verify shards
            """,
        subcommands: [ShardConvert.self, ShardInfo.self, ShardVerify.self, ShardExport.self])
}
