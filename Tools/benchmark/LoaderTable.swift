import Foundation
import Millrace

/// The loaders' figures as text.
enum LoaderTable {
    private typealias Case = LoaderFigures.Case

    /// All cases of one file, the fastest first, and what follows from them.
    static func print(_ figures: LoaderFigures, file: String, _ options: LoaderOptions, rounds: Int) {
        let name = URL(filePath: file).lastPathComponent
        Swift.print(
            "\n\(name), batch \(options.batchSize), window of \(options.windowRows) rows, median of \(rounds) rounds")
        Swift.print(
            "  " + pad("", 22) + pad("rows/s", 12) + pad("MB/s", 10) + pad("ours/theirs", 14) + pad("waited", 9)
                + pad("rows/core s", 13) + "peak memory")
        let ran = Case.all.filter { figures.speed(of: $0) != nil }
        for measured in ran.sorted(by: { figures.speed(of: $0)! > figures.speed(of: $1)! }) {
            let speed = figures.speed(of: measured)!
            let bytes = figures.median("decoded_bytes_per_second", of: measured) ?? .nan
            let ours = measured.script == nil ? nil : figures.speed(of: .ours)
            let work = figures.median("rows_per_core_second", of: measured)
            let waited = figures.median("wait_fraction", of: measured)
            Swift.print(
                "  " + pad(measured.name, 22) + pad("\(Int(speed))", 12) + pad("\(Int(bytes / 1e6))", 10)
                    + pad(ours.map { fixed($0 / speed, 2) } ?? "", 14)
                    + pad(waited.map { "\(Int(($0 * 100).rounded())) %" } ?? "", 9)
                    + pad(work.map { "\(Int($0))" } ?? "", 13) + pad(figures.peak(of: measured).description, 14)
                    + (figures.text("variant", of: measured) ?? ""))
        }
        if let best = figures.bestPeer, let ratio = figures.ratio {
            Swift.print("  ours to the best peer (\(best.name)): \(fixed(ratio, 2))")
        }
        if let scaling = figures.scaling { Swift.print("  2 workers to 1: \(fixed(scaling, 2))") }
        printDecoding(figures)
        if let disagreement = figures.disagreement { Swift.print("  WRONG: \(disagreement)") }
    }

    /// The codec alone, our decoding, and the stream of one worker.
    private static func printDecoding(_ figures: LoaderFigures) {
        guard let limit = figures.median("decoded_bytes_per_second", of: .codec) else { return }
        let codec = figures.text("codec", of: .codec) ?? "codec"
        let note = figures.text("without", of: .codec).map { ", without \($0)" } ?? ""
        Swift.print("  on one core: \(codec) alone \(Int(limit / 1e6)) MB/s\(note)", terminator: "")
        for (name, field, share) in [
            ("our decoding", "decoding_bytes_per_core_second", figures.decodingShare),
            ("stream of 1 worker", "decoded_bytes_per_second", figures.streamShare),
        ] {
            guard let share, let bytes = figures.median(field, of: .oneWorker) else { continue }
            Swift.print("; \(name) \(Int(bytes / 1e6)) MB/s (\(percent(share)))", terminator: "")
        }
        Swift.print("")
    }

    /// A line for each file.
    static func print(summaries: [(file: String, figures: LoaderFigures)]) {
        Swift.print(
            "\n  " + pad("", 22) + pad("rows/s", 12) + pad("ours/best peer", 16) + pad("2 workers/1", 13)
                + pad("decoding/codec", 16) + "peak memory")
        for (file, figures) in summaries {
            Swift.print(
                "  " + pad(URL(filePath: file).lastPathComponent, 22)
                    + pad(figures.speed(of: .ours).map { "\(Int($0))" } ?? "failed", 12)
                    + pad(figures.ratio.map { fixed($0, 2) } ?? "", 16)
                    + pad(figures.scaling.map { fixed($0, 2) } ?? "", 13)
                    + pad(figures.decodingShare.map(percent) ?? "", 16)
                    + (figures.speed(of: .ours) == nil ? "" : figures.peak(of: .ours).description))
        }
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
