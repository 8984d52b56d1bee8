extension TuningRules {
    /// The counts of compute threads that are tried.
    ///
    /// - Parameter fixed: what the user has chosen; nothing else is tried then.
    package static func computeThreads(cores: Int, fixed: Int?) -> [Int] {
        if let fixed { return [fixed] }
        // The step alone says which of them can win; on many cores few are tried.
        let counts = cores <= 2 ? Array(1...max(1, cores)) : [(cores + 1) / 2, cores - 1, cores]
        return Set(counts).sorted()
    }

    /// The workers that a step of this speed keeps busy, at least one.
    package static func workersNeeded(samplesPerSecond: Double, _ decode: DecodeRate, cores: Int) -> Int {
        let busy = samplesPerSecond * decode.workerSecondsPerRow
        guard busy.isFinite, busy < Double(cores) else { return cores }
        return max(1, Int(busy.rounded(.up)))
    }

    /// The pairs that are tried: for each count of compute threads the adapting default, the workers that the step
    /// needs, one more, and one per core.
    ///
    /// A run is not faster than its step alone. So a count of compute threads is left out when its step alone is slower
    /// than a run with another could be: than half of the fastest step, which is what workers leave of it when they
    /// take every core half of the time.
    package static func splits(
        cores: Int, decode: DecodeRate, steps: [StepRate], fixedWorkers: Int?
    ) -> [ThreadSplit] {
        let fastest = steps.map(\.samplesPerSecond).max() ?? 0
        var splits: [ThreadSplit] = []
        for step in steps where step.samplesPerSecond >= fastest / 2 {
            let needed = workersNeeded(samplesPerSecond: step.samplesPerSecond, decode, cores: cores)
            let counts = Set([needed, min(cores, needed + 1), cores]).sorted()
            let workers: [Int?] = fixedWorkers.map { [$0] } ?? [nil] + counts.map { $0 }
            splits += workers.map { ThreadSplit(decodeWorkers: $0, computeThreads: step.computeThreads) }
        }
        return splits
    }

    /// The pair of thread counts, and why.
    package static func threads(
        _ trials: [Trial<ThreadSplit>], decode: DecodeRate, steps: [StepRate], cores: Int
    ) -> (split: Trial<ThreadSplit>, recommendations: [Recommendation])? {
        guard let fastest = choice(trials, taking: { $0.threads(cores: cores) }) else { return nil }
        let chosen = fewestWorkers(trials, like: fastest, cores)
        let (split, rate) = (chosen.setting, chosen.rate)
        let speed = TuningText.count(rate.samplesPerSecond)
        let one = TuningText.count(decode.rowsPerSecond)
        let step = steps.first { $0.computeThreads == split.computeThreads }
        let takes = step.map { ", the step alone takes \(TuningText.count($0.samplesPerSecond))" } ?? ""
        let others = trials.filter {
            $0.setting.computeThreads == split.computeThreads && $0.setting.decodeWorkers != split.decodeWorkers
        }
        let workers =
            "one worker decodes \(one) rows/s\(takes); \(name(split)) the run makes \(speed)/s and waits "
            + "\(TuningText.percent(rate.waitShare)) of its time" + compare(others, name) + noise(chosen.rate, others)
        var most: [Int: Trial<ThreadSplit>] = [:]
        for trial in trials where trial.setting.computeThreads != split.computeThreads {
            let count = trial.setting.computeThreads
            if trial.rate.samplesPerSecond > most[count]?.rate.samplesPerSecond ?? 0 { most[count] = trial }
        }
        let rest = steps.filter { step in !trials.contains { $0.setting.computeThreads == step.computeThreads } }
        let threads =
            "the run makes \(speed)/s"
            + compare(most.values.sorted { $0.setting.computeThreads < $1.setting.computeThreads }) {
                "at best with \($0.computeThreads)"
            }
            + rest.map {
                "; the step alone makes \(TuningText.count($0.samplesPerSecond)) with \($0.computeThreads)"
            }.joined()
        return (chosen, recommendations(split, cores: cores, workers: workers, threads: threads))
    }

    /// A pair of thread counts as recommendations, for one reason.
    static func threads(_ split: ThreadSplit, cores: Int, _ reason: String) -> [Recommendation] {
        recommendations(split, cores: cores, workers: reason, threads: reason)
    }

    private static func recommendations(
        _ split: ThreadSplit, cores: Int, workers: String, threads: String
    ) -> [Recommendation] {
        [
            Recommendation(
                "decode workers", split.decodeWorkers.map(String.init) ?? "adapting, \(cores) at most",
                option: split.decodeWorkers.map { .init(name: "decode-workers", value: "\($0)") }, workers),
            Recommendation(
                "compute threads", "\(split.computeThreads)",
                option: .init(name: "compute-threads", value: "\(split.computeThreads)"), threads),
        ]
    }

    /// The pair with as many compute threads and the fewest workers for which the trainer does not wait.
    private static func fewestWorkers(
        _ trials: [Trial<ThreadSplit>], like fastest: Trial<ThreadSplit>, _ cores: Int
    ) -> Trial<ThreadSplit> {
        let enough = trials.filter {
            $0.setting.computeThreads == fastest.setting.computeThreads && $0.rate.waitShare < noWait
                && $0.setting.threads(cores: cores) <= fastest.setting.threads(cores: cores)
        }
        return enough.min { ($0.setting.decodeWorkers ?? .max) < ($1.setting.decodeWorkers ?? .max) } ?? fastest
    }

    /// Why a slower setting is chosen: only who waits is made faster by workers and batches ahead.
    static func noise<Setting>(_ rate: RunRate, _ others: [Trial<Setting>]) -> String {
        let isSlower = others.contains {
            !isAsFast(rate, as: $0.rate) && $0.rate.samplesPerSecond > rate.samplesPerSecond
        }
        return rate.waitShare < noWait && isSlower
            ? "; without waiting more would not help: the difference is noise" : ""
    }

    private static func name(_ split: ThreadSplit) -> String {
        split.decodeWorkers.map { "with \($0)" } ?? "adapting"
    }

    /// `; 8,100/s with 2`.
    private static func compare(
        _ trials: [Trial<ThreadSplit>], _ name: (ThreadSplit) -> String
    ) -> String {
        guard !trials.isEmpty else { return "" }
        return "; "
            + trials.map { "\(TuningText.count($0.rate.samplesPerSecond)) \(name($0.setting))" }.joined(separator: ", ")
    }
}
