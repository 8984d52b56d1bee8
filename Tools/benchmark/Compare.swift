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
    @Option(help: "Models to run.") var models: [BenchmarkModel] = BenchmarkModel.heavy
    @Option(help: "Kinds of data to train from.") var kinds: [BenchmarkData] = BenchmarkData.allCases
    @Option(help: "Precisions to run.") var precisions: [Precision] = [.float32]
    @Option(help: "What to measure.") var task = BenchmarkTask.train
    @Option(help: "Samples of a batch (default: each of the model's).") var batchSize: Int?
    @Option(help: "Also write all figures as JSON.") var json: String?

    private static let peers = ["keras-tensorflow", "keras-jax", "pytorch"]
    private static let ours = "millrace"

    /// What a table is about.
    private struct Case {
        let model: BenchmarkModel
        let data: BenchmarkData
        let precision: Precision
        let batchSize: Int
    }

    /// One participant's figures over the rounds.
    private struct Figures {
        var values: [Double] = []
        var peak = 0
        var note = ""
    }

    func run() throws {
        var lines: [JSONValue] = []
        var advantages: [(case: Case, advantage: Double)] = []
        for measured in cases() {
            var figures: [String: Figures] = [:]
            var missing: Set<String> = []
            for _ in 0..<rounds {
                for name in [Self.ours] + Self.peers where !missing.contains(name) {
                    guard let line = try measure(name, measured, variant: figures[name]?.note) else {
                        missing.insert(name)
                        continue
                    }
                    lines.append(line)
                    guard let value = line[task.field]?.doubleValue else {
                        throw CaseFailure("\(name): expected the member \(task.field), found \(line.text())")
                    }
                    figures[name, default: Figures()].values.append(value)
                    figures[name]!.peak = max(figures[name]!.peak, line.peakBytes)
                    figures[name]!.note = line["variant"]?.stringValue ?? ""
                }
            }
            printTable(measured, figures)
            if let least = beside(figures).min() { advantages.append((measured, least)) }
            // A table is worth reading before the next one is measured, also in a file.
            fflush(nil)
        }
        printSummary(advantages)
        if let json { try JSONValue.write(lines, to: json) }
    }

    /// Ours beside each peer.
    private func beside(_ figures: [String: Figures]) -> [Double] {
        guard let ours = figures[Self.ours].map({ median($0.values) }) else { return [] }
        return figures.filter { $0.key != Self.ours }.values.map {
            task.advantage(ours: ours, theirs: median($0.values))
        }
    }

    /// All cases of a precision beside the fastest peer of each.
    private func printSummary(_ all: [(case: Case, advantage: Double)]) {
        for precision in precisions {
            let some = all.filter { $0.case.precision == precision }
            guard some.count > 1, let least = some.min(by: { $0.advantage < $1.advantage }) else { continue }
            let mean = exp(some.reduce(0) { $0 + log($1.advantage) } / Double(some.count))
            print(
                "\n\(precision.rawValue), beside the fastest peer of each case: geometric mean of \(some.count) cases"
                    + " \(fixed(mean, 2)), the least \(fixed(least.advantage, 2)) (\(least.case.model.rawValue),"
                    + " \(least.case.data.rawValue), batch \(least.case.batchSize))")
        }
    }

    /// Latency and the first update need no data of a kind; the file has images for some models only.
    private func cases() -> [Case] {
        models.flatMap { model in
            let kinds = kinds.filter {
                $0 == .memory || (task == .train && model.readsImages && options.hdf5 != nil)
            }
            let sizes = batchSize.map { [$0] } ?? model.specification.batchSizes
            return precisions.flatMap { precision in
                (task == .predictLatency ? [1] : sizes).flatMap { size in
                    (task == .train ? kinds : [.memory]).map {
                        Case(model: model, data: $0, precision: precision, batchSize: size)
                    }
                }
            }
        }
    }

    private func printTable(_ measured: Case, _ figures: [String: Figures]) {
        let ours = figures[Self.ours].map { median($0.values) }
        print(
            "\n\(measured.model.rawValue), \(measured.precision.rawValue), \(measured.data.rawValue), batch"
                + " \(measured.batchSize), \(options.threads) threads, median of \(rounds) rounds")
        print("  " + pad("", 20) + pad(task.heading, 12) + pad("advantage", 14) + pad("peak memory", 14))
        let ordered = figures.map { (name: $0.key, figure: $0.value, value: median($0.value.values)) }
            .sorted { task.advantage(ours: $0.value, theirs: $1.value) > 1 }
        for (name, figure, value) in ordered {
            let advantage = ours.map { fixed(task.advantage(ours: $0, theirs: value), 2) } ?? ""
            print(
                "  " + pad(name, 20) + pad(fixed(value, task == .firstUpdate ? 2 : 0), 12)
                    + pad(name == Self.ours ? "" : advantage, 14)
                    + pad(figure.peak > 0 ? ByteCount(figure.peak).description : "", 14) + figure.note)
        }
    }

    /// One run in a process of its own; nil when it cannot run, as when the peer is not installed.
    private func measure(_ name: String, _ measured: Case, variant: String?) throws -> JSONValue? {
        var arguments = [
            "--model", measured.model.rawValue, "--data", measured.data.rawValue, "--task", task.rawValue,
            "--precision", measured.precision.rawValue, "--batch-size", "\(measured.batchSize)", "--blocks",
            "\(options.blocks)", "--threads", "\(options.threads)",
        ]
        arguments += ["--steps", "\(options.steps ?? measured.model.specification.steps)"]
        if let hdf5 = options.hdf5, measured.model.readsImages { arguments += ["--hdf5", hdf5] }
        do {
            if name == Self.ours {
                if let directory = options.modelsDir { arguments += ["--models-dir", directory] }
                return try ChildRun.ours(["run-ours"] + arguments)
            }
            // The first round has found the peer's fastest way; later ones take it.
            if let variant, !variant.isEmpty { arguments += ["--variant", variant] }
            return try ChildRun.script(python, ["Tools/peers/bench_peers.py", "--peer", name] + arguments)
        } catch let failure as CaseFailure {
            print("  \(name): left out (\(failure))")
            return nil
        }
    }
}
