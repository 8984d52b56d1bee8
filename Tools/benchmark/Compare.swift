import ArgumentParser
import Foundation
import JSONText
import Millrace

/// All cases in alternating rounds, as a table with ratios.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs us and the peers, and prints ratios.")

    @OptionGroup var options: CaseOptions
    @Option(help: "The Python that has the peers.") var python = "python3"
    @Option(help: "Rounds over all cases; medians over rounds count.") var rounds = 3
    @Option(help: "Models to run.") var models: [BenchmarkModel] = BenchmarkModel.allCases
    @Option(help: "Kinds of data to run.") var kinds: [BenchmarkData] = BenchmarkData.allCases
    @Option(help: "Also write all figures as JSON.") var json: String?

    private static let peers = ["keras-tensorflow", "keras-jax", "pytorch"]

    /// One case's figures over the rounds.
    private struct Figures {
        var speeds: [Double] = []
        var peak = 0
        var note = ""
    }

    func run() throws {
        var lines: [JSONValue] = []
        for model in models {
            for data in kinds {
                var figures: [String: Figures] = [:]
                var missing: Set<String> = []
                for _ in 0..<rounds {
                    for name in ["millrace"] + Self.peers where !missing.contains(name) {
                        guard let line = try measure(name, model, data, variant: figures[name]?.note) else {
                            missing.insert(name)
                            continue
                        }
                        lines.append(line)
                        figures[name, default: Figures()].speeds.append(line["samples_per_second"]!.doubleValue!)
                        figures[name]!.peak = max(figures[name]!.peak, line.peakBytes)
                        figures[name]!.note = line["variant"]?.stringValue ?? ""
                    }
                }
                printTable(model, data, figures)
                // A table is worth reading before the next one is measured, also in a file.
                fflush(nil)
            }
        }
        if let json { try JSONValue.write(lines, to: json) }
    }

    private func printTable(_ model: BenchmarkModel, _ data: BenchmarkData, _ figures: [String: Figures]) {
        let ours = median(figures["millrace"]!.speeds)
        print(
            "\n\(model.rawValue), \(data.rawValue), batch \(options.batchSize), \(options.threads) threads, median of \(rounds) rounds"
        )
        print("  " + pad("", 20) + pad("samples/s", 12) + pad("ours/theirs", 14) + pad("peak memory", 14))
        for (name, figure) in figures.sorted(by: { median($0.value.speeds) > median($1.value.speeds) }) {
            let speed = median(figure.speeds)
            let ratio = name == "millrace" ? "" : fixed(ours / speed, 2)
            print(
                "  " + pad(name, 20) + pad("\(Int(speed))", 12) + pad(ratio, 14)
                    + pad(ByteCount(figure.peak).description, 14) + figure.note)
        }
    }

    /// One run in a process of its own; nil when the peer is not installed.
    private func measure(
        _ name: String, _ model: BenchmarkModel, _ data: BenchmarkData, variant: String?
    ) throws -> JSONValue? {
        var arguments = [
            "--model", model.rawValue, "--data", data.rawValue, "--hdf5", options.hdf5, "--batch-size",
            "\(options.batchSize)", "--steps", "\(options.steps ?? model.steps)", "--blocks", "\(options.blocks)",
            "--threads", "\(options.threads)",
        ]
        do {
            if name == "millrace" { return try ChildRun.ours(["run-ours"] + arguments) }
            // The first round has found the peer's fastest way; later ones take it.
            if let variant, !variant.isEmpty { arguments += ["--variant", variant] }
            return try ChildRun.script(python, ["Tools/peers/bench_peers.py", "--peer", name] + arguments)
        } catch let failure as CaseFailure {
            print("  \(name): left out (\(failure))")
            return nil
        }
    }
}
