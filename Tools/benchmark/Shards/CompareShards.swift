import ArgumentParser
import Foundation
import JSONText

/// Our shards and the peers' in alternating rounds, as tables with ratios.
struct CompareShards: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shards",
        abstract: "Converts, streams and picks rows with us and with the peers, and prints ratios.",
        discussion: """
            Memory is that of all processes of a case together. Everything is read from the page cache. Every case must
            deliver the same rows: their number, and a sum over their content, are compared. The peers' packages are in
            Tools/peers/requirements-shards.txt.

            Peers inflate whole shards into files beside them, which later epochs read: the first epoch shows what that
            costs. WebDataset's and TFRecord's files are not zstd's; what is stored stands beside.
            """)

    @Argument(help: "The directory that Tools/peers/make_shard_data.py has written; shards are made below it.")
    var data: String
    @OptionGroup var options: ShardOptions
    @Option(help: "The Python that has the peers.") var python = "python3"
    @Option(help: "Rounds over all cases of a task; medians over rounds count.") var rounds = 3
    @Option(parsing: .upToNextOption, help: "Tasks: photos, images, epoch, single (default: all).")
    var tasks: [String] = []
    @Option(help: "Cases to leave out, by their names in the tables.") var without: [String] = []
    @Option(help: "Also write all figures as JSON lines.") var json: String?

    func validate() throws {
        let known = ShardTask.all.map(\.name)
        if let other = tasks.first(where: { !known.contains($0) }) {
            throw ValidationError("--tasks is \(other), expected some of \(known.joined(separator: ", "))")
        }
    }

    func run() throws {
        var lines: [JSONValue] = []
        var isWrong = false
        for task in ShardTask.all where tasks.isEmpty || tasks.contains(task.name) {
            var figures = ShardFigures(task)
            var failed: Set<String> = []
            for round in 0..<rounds {
                for measured in task.cases where !without.contains(measured.name) && !failed.contains(measured.name) {
                    // What is there as information is measured once.
                    guard round == 0 || measured.isOurs || measured.isCompared else { continue }
                    do {
                        let line = try measure(task, measured, figures.variant(of: measured.name))
                        figures.add(line, of: measured.name)
                        lines.append(line)
                    } catch let failure as CaseFailure {
                        failed.insert(measured.name)
                        print("\(task.name): \(measured.name): \(measured.isOurs ? "failed" : "left out") (\(failure))")
                    }
                }
            }
            ShardTable.print(figures, rounds: rounds)
            lines.append(figures.summary)
            // A table is worth reading before the next one is measured, also in a file.
            fflush(nil)
            if let json { try JSONValue.write(lines, to: json) }
            isWrong = isWrong || figures.disagreement != nil || figures.speed(of: ShardTask.ours) == nil
        }
        if isWrong { throw ExitCode.failure }
    }

    /// One case in a process of its own. The first round has found a peer's fastest way; later ones take it.
    private func measure(_ task: ShardTask, _ measured: ShardTask.Case, _ variant: String?) throws -> JSONValue {
        let arguments = task.arguments + ["--data", data] + options.arguments
        guard !measured.isOurs else { return try ChildRun.ours(["run-shards"] + arguments) }
        return try ChildRun.script(
            python,
            ["Tools/peers/shard_peers.py", "--peer", measured.name] + arguments
                + (variant.map { ["--variant", $0] } ?? []))
    }
}
