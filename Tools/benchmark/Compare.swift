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
                        let peak =
                            (line["peak_rss_bytes"]?.integerValue ?? 0)
                            + (line["workers_peak_rss_bytes"]?.integerValue ?? 0)
                        figures[name]!.peak = max(figures[name]!.peak, peak)
                        figures[name]!.note = line["variant"]?.stringValue ?? ""
                    }
                }
                printTable(model, data, figures)
                // A table is worth reading before the next one is measured, also in a file.
                fflush(nil)
            }
        }
        if let json {
            let text = lines.map { $0.text() + "\n" }.joined()
            guard FileManager.default.createFile(atPath: json, contents: Data(text.utf8)) else {
                throw ValidationError("cannot write \(json)")
            }
        }
    }

    private func printTable(_ model: BenchmarkModel, _ data: BenchmarkData, _ figures: [String: Figures]) {
        let ours = median(figures["millrace"]!.speeds)
        print(
            "\n\(model.rawValue), \(data.rawValue), batch \(options.batchSize), \(options.threads) threads, median of \(rounds) rounds"
        )
        print("  " + pad("", 20) + pad("samples/s", 12) + pad("ours/theirs", 14) + pad("peak memory", 14))
        for (name, figure) in figures.sorted(by: { median($0.value.speeds) > median($1.value.speeds) }) {
            let speed = median(figure.speeds)
            let ratio = name == "millrace" ? "" : String(Double(Int(ours / speed * 100)) / 100)
            print(
                "  " + pad(name, 20) + pad("\(Int(speed))", 12) + pad(ratio, 14)
                    + pad(ByteCount(figure.peak).description, 14) + figure.note)
        }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
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
        let process = Process()
        if name == "millrace" {
            process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            arguments.insert("run-ours", at: 0)
        } else {
            process.executableURL = URL(filePath: "/usr/bin/env")
            arguments = [python, "Tools/peers/bench_peers.py", "--peer", name] + arguments
            // The first round has found the peer's fastest way; later ones take it.
            if let variant, !variant.isEmpty { arguments += ["--variant", variant] }
        }
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: "/dev/null")
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let last = text.split(separator: UInt8(ascii: "\n")).last.map(Array.init) ?? []
        guard process.terminationStatus == 0, !last.isEmpty else {
            print("  \(name): left out (exit status \(process.terminationStatus))")
            return nil
        }
        return try JSONValue(parsing: last)
    }
}
