// The benchmark: us and the installed peers in one run, on the same data, with ratios. Every case is a process of its
// own, and rounds alternate between all of them, so that what disturbs the machine disturbs all alike.

import ArgumentParser
import Workers

@main
struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "millrace-benchmark",
        abstract:
            "Measures training, loading and datasets of shards beside the peers.",
        discussion: """
            Peers need a Python with Tools/peers/requirements.txt; those that are not installed are left out.
              python3 Tools/peers/make_bench_data.py bench.h5
              python3 Tools/peers/make_bench_models.py bench-models/
              .build/release/millrace-benchmark --hdf5 bench.h5 --models-dir bench-models/ --python python3
              .build/release/millrace-benchmark --models thin --models-dir bench-models/ --python python3
              .build/release/millrace-benchmark --task predict-latency --models-dir bench-models/ --python python3
              python3 Tools/peers/make_loader_data.py data/
              .build/release/millrace-benchmark loader data/*.h5 --python python3 --rounds 3
            Random changes of images:
              .build/release/millrace-benchmark augmentation --python python3
            Updates of weights need nothing:
              .build/release/millrace-benchmark updates
            Loops need only models:
              .build/release/millrace-benchmark loops --models-dir bench-models/
            Peers of shards have Tools/peers/requirements-shards.txt, in an environment of its own.
              python3 Tools/peers/make_shard_data.py shard-data/
              .build/release/millrace-benchmark shards shard-data/ --python python3 --rounds 3
            """,
        subcommands: [
            Compare.self, RunOurs.self, Profile.self, CompareLoaders.self, RunLoader.self, OrderCost.self,
            CompareShards.self, RunShards.self, RunUpdates.self, RunLoops.self, CompareAugmentation.self,
        ], defaultSubcommand: Compare.self)

    static func main() {
        OpenMPWaiting.bounded.restart(arguments: CommandLine.arguments)
        main(nil)
    }
}

/// What every run needs to know.
struct CaseOptions: ParsableArguments {
    @Option(help: "An HDF5 file as Tools/peers/make_bench_data.py writes it (default: arrays made in memory).")
    var hdf5: String?

    @Option(help: "A directory of .keras files as Tools/peers/make_bench_models.py writes them.")
    var modelsDir: String?

    @Option(help: "Updates of a timed block (default: the model's, a second or two).")
    var steps: Int?

    @Option(help: "Timed blocks of a run; the median counts.")
    var blocks = 5

    @Option(help: "Threads that compute.")
    var threads = 2
}
