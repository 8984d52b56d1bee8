import ArgumentParser
import Glibc
import Memory
import Shards
import Workers

struct ShardVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks every frame and every hash of a dataset of shards, and the manifest against the files.",
        discussion: """
            Example:
              millrace shard verify shards

            Names everything that is wrong, not just the first, and ends with status 65 then.
            """)

    @Argument(help: ArgumentHelp("The directory of the dataset, or its manifest.", valueName: "dir"))
    var path: String

    @Option(name: .long, help: ArgumentHelp("Threads (default: one per core).", valueName: "n"))
    var workers: Int?

    @Flag(name: .long, help: "Print what is wrong only.")
    var quiet = false

    func validate() throws {
        if let workers, workers <= 0 { throw ValidationError("--workers is \(workers), expected a positive number") }
    }

    func run() throws {
        StopSignal.install()
        let verification = try ShardVerification(path: path)
        let pool = WorkPool(
            threads: min(workers ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), max(1, verification.shardCount)),
            name: "millrace-check")
        defer { pool.finish() }
        let lane = WorkLane<ShardVerification.Report>(pool)
        let decoders = (0..<pool.threadCount).map { _ in Decoder() }
        var reports: [ShardVerification.Report] = []
        var next = 0
        while reports.count < verification.shardCount {
            if StopSignal.isRequested { throw CommandFailure(.stopped, "stopped by a signal; nothing was changed") }
            let known = pool.completions
            while next < verification.shardCount, lane.pending < 2 * pool.threadCount {
                let shard = next
                lane.submit { verification.verify(shard: shard, decoder: decoders[$0].decoder) }
                next += 1
            }
            var hasTaken = false
            while let report = lane.takeReady() {
                reports.append(report)
                hasTaken = true
            }
            if !hasTaken { pool.wait(after: known) }
        }
        let problems = verification.problems(reports)
        for problem in problems { printError("\(problem)") }
        guard problems.isEmpty else {
            throw CommandFailure(
                .invalid,
                "\(path): \(problems.count) problem\(problems.count == 1 ? "" : "s") in \(reports.count) shards")
        }
        if !quiet {
            let manifest = verification.manifest
            let bytes = ByteCount(reports.reduce(0) { $0 + $1.contentBytes })
            try printOutput(
                "\(path): \(manifest.rowCount) rows in \(reports.count) shards are whole (\(bytes) decoded)")
        }
    }
}

/// A worker's decoder.
private final class Decoder: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: used by the pool's thread of its number alone.
    let decoder = BlockDecoder()
}
