import Memory
import Training

/// What was measured and what follows, as a table.
extension TuningReport {
    /// Pieces of a few tenths of a second differ by this share on a machine that does nothing else.
    private static let calm = 0.25

    /// The table for people.
    func lines(memory: ByteCount?) -> [String] {
        var lines = ["measured in \(round(seconds)) s on \(cores) cores, batches of \(batchSize)"]
        for rate in decode {
            lines.append(
                row(
                    "decoding alone", workers(rate.workers), "\(round(rate.rowsPerSecond)) rows/s",
                    "\(micro(rate.decodeSecondsPerRow)) µs to decode a row, "
                        + "\(micro(rate.fillSecondsPerRow)) to gather it"
                ))
        }
        for rate in steps {
            lines.append(
                row("step alone", threads(rate.computeThreads), "\(round(rate.samplesPerSecond)) samples/s", ""))
        }
        for trial in splits { lines.append(row("run", name(trial.setting), trial.rate)) }
        for trial in parts { lines.append(row("run", "micro-batch \(trial.setting.microBatch)", trial.rate)) }
        for trial in queues { lines.append(row("run", "\(trial.setting.batches) batches ahead", trial.rate)) }
        for trial in waitings {
            lines.append(row("run, \(trial.setting.waiting.rawValue)", name(trial.setting.split), trial.rate))
        }
        if noise > Self.calm {
            lines.append(
                "pieces of one setting differed by up to \(round(noise * 100)) %: the machine has other work; measure "
                    + "again when it is idle")
        }
        lines.append("recommended")
        for recommendation in recommendations {
            lines.append("  \(recommendation.setting): \(recommendation.value)")
            lines.append("      \(recommendation.reason)")
            if let command = recommendation.command { lines.append("      \(command)") }
        }
        if !notMeasured.isEmpty {
            lines.append("not measured, for want of time: \(notMeasured.joined(separator: ", ")); give more --seconds")
        }
        lines.append("peak memory \(ByteCount(peakResidentBytes))" + (memory.map { " of a cap of \($0)" } ?? ""))
        return lines
    }

    private func name(_ split: ThreadSplit) -> String {
        (split.decodeWorkers.map(workers) ?? "adapting") + ", " + threads(split.computeThreads)
    }

    private func row(_ what: String, _ setting: String, _ rate: RunRate) -> String {
        row(
            what, setting, "\(round(rate.samplesPerSecond)) samples/s",
            "waited \(round(rate.waitShare * 100)) %, \(rate.rounds) round\(rate.rounds == 1 ? "" : "s")")
    }

    private func row(_ what: String, _ setting: String, _ rate: String, _ note: String) -> String {
        let text =
            "  " + what.padding(16) + setting.padding(24) + String(repeating: " ", count: max(0, 18 - rate.count))
            + rate
        return note.isEmpty ? text : "\(text)   \(note)"
    }

    private func workers(_ count: Int) -> String { "\(count) worker\(count == 1 ? "" : "s")" }
    private func threads(_ count: Int) -> String { "\(count) thread\(count == 1 ? "" : "s")" }
    private func micro(_ seconds: Double) -> Double { (seconds * 1e7).rounded() / 10 }
    private func round(_ value: Double) -> Int { value.isFinite ? Int(min(value, 1e15).rounded()) : 0 }
}

extension String {
    /// With spaces behind, to a width; one at least.
    fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
