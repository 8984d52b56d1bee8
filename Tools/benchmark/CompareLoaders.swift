import ArgumentParser
import Foundation
import JSONText

/// Our data source and the peers over the same files, in alternating rounds, as tables with ratios.
struct CompareLoaders: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loader", abstract: "Streams files with us and with the peers, and prints ratios.",
        discussion: """
            An epoch is all rows in shuffled batches, converted to float32. The ratio is to the fastest of h5py-expert,
            pytorch and keras; h5py-direct (past HDF5) and pytorch-naive (row by row) stand beside as information.
            """)

    @Argument(help: "HDF5 files as Tools/peers/make_loader_data.py writes them.") var files: [String]
    @OptionGroup var options: LoaderOptions
    @Option(help: "The input dataset (default: the file's name up to a dash).") var x: String?
    @Option(help: "The Python that has the peers.") var python = "python3"
    @Option(help: "Rounds over all cases of a file; medians over rounds count.") var rounds = 3
    @Option(help: "Cases to leave out, by their names in the table.") var without: [String] = []
    @Option(help: "Also write all figures as JSON lines.") var json: String?

    func run() throws {
        let cases = LoaderFigures.Case.all.filter { !without.contains($0.name) }
        var (lines, all): ([JSONValue], [(file: String, figures: LoaderFigures)]) = ([], [])
        for file in files {
            var figures = LoaderFigures()
            var failed: Set<String> = []
            for _ in 0..<rounds {
                for measured in cases where !failed.contains(measured.name) {
                    do {
                        let line = try measure(measured, file, figures.text("variant", of: measured))
                        figures.add(line, of: measured)
                        lines.append(line)
                    } catch let failure as CaseFailure {
                        failed.insert(measured.name)
                        print(
                            "\(file): \(measured.name): \(measured.script == nil ? "failed" : "left out") (\(failure))")
                    }
                }
            }
            LoaderTable.print(figures, file: file, options, rounds: rounds)
            lines.append(figures.summary(of: file))
            all.append((file, figures))
            // A table is worth reading before the next one is measured, also in a file.
            fflush(nil)
            if let json { try JSONValue.write(lines, to: json) }
        }
        if files.count > 1 { LoaderTable.print(summaries: all) }
        if all.contains(where: { $0.figures.disagreement != nil || $0.figures.speed(of: .ours) == nil }) {
            throw ExitCode.failure
        }
    }

    /// One case in a process of its own. The first round has found a peer's fastest way; later ones take it.
    private func measure(_ measured: LoaderFigures.Case, _ file: String, _ variant: String?) throws -> JSONValue {
        var arguments = measured.arguments + ["--file", file]
        if let x { arguments += ["--x", x] }
        guard let script = measured.script else {
            return try ChildRun.ours(["run-loader"] + arguments + options.arguments)
        }
        if measured.name != LoaderFigures.Case.codec.name { arguments += options.arguments }
        if let variant { arguments += ["--variant", variant] }
        return try ChildRun.script(python, ["Tools/peers/" + script] + arguments)
    }
}
