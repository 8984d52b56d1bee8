extension TuningRules {
    /// What is tried of how threads wait, the setting without a choice first; empty where no thread waits for another.
    ///
    /// The number of compute threads belongs to it: threads that spin beside workers may have made several of them slower
    /// than one, which sleeping threads would not be. Spinning without end is tried where every thread has a core.
    package static func waitings(
        chosen: ThreadSplit, _ trials: [Trial<ThreadSplit>], steps: [StepRate], cores: Int
    ) -> [WaitingSplit] {
        guard let several = severalThreads(chosen, trials, steps) else { return [] }
        var candidates = [WaitingSplit(chosen, .bounded), WaitingSplit(several, .passive)]
        if several.threads(cores: cores) <= cores { candidates.append(WaitingSplit(several, .active)) }
        return candidates
    }

    /// The best pair with more than one compute thread.
    private static func severalThreads(
        _ chosen: ThreadSplit, _ trials: [Trial<ThreadSplit>], _ steps: [StepRate]
    ) -> ThreadSplit? {
        if chosen.computeThreads > 1 { return chosen }
        let several = trials.filter { $0.setting.computeThreads > 1 }
        if let best = several.max(by: { $0.rate.samplesPerSecond < $1.rate.samplesPerSecond }) { return best.setting }
        guard let most = steps.map(\.computeThreads).max(), most > 1 else { return nil }
        return ThreadSplit(decodeWorkers: chosen.decodeWorkers, computeThreads: most)
    }

    /// Of what was tried, what is recommended: the first, unless another is faster by more than the rounds of either
    /// differ, which is when its slowest round beats the fastest one of the first; nil of fewer than two rounds each.
    package static func waiting(_ trials: [Trial<WaitingSplit>]) -> Trial<WaitingSplit>? {
        guard let base = trials.first, trials.count > 1, trials.allSatisfy({ $0.rate.rounds > 1 }) else { return nil }
        let faster = trials.dropFirst().filter { $0.rate.slowest > (1 + tolerance) * base.rate.fastest }
        return faster.max { $0.rate.samplesPerSecond < $1.rate.samplesPerSecond } ?? base
    }

    /// Puts how threads wait among the recommendations, and the threads that go with it; nothing where that is not known.
    package static func add(
        _ trials: [Trial<WaitingSplit>], to recommendations: inout [Recommendation], cores: Int
    ) {
        guard let base = trials.first, let chosen = waiting(trials) else { return }
        let (split, isOther) = (chosen.setting.split, chosen.setting.split != base.setting.split)
        func name(_ trial: Trial<WaitingSplit>) -> String {
            let waiting = trial.setting.waiting.rawValue
            return trials.allSatisfy { $0.setting.split == base.setting.split }
                ? waiting : "\(waiting) with \(TuningText.split(trial.setting.split, cores: cores))"
        }
        func speed(_ trial: Trial<WaitingSplit>) -> String {
            let rate = trial.rate
            return "\(name(trial)): \(TuningText.count(rate.samplesPerSecond))/s (\(TuningText.count(rate.slowest)) to "
                + "\(TuningText.count(rate.fastest)))"
        }
        let ordered = [chosen] + trials.filter { $0.setting != chosen.setting }
        let isSlower = ordered.dropFirst().contains { $0.rate.samplesPerSecond > chosen.rate.samplesPerSecond }
        let waiting = Recommendation(
            settingOfWaiting, chosen.setting.waiting.rawValue,
            option: .init(name: optionOfWaiting, value: chosen.setting.waiting.rawValue),
            "the run in processes of its own, \(chosen.rate.rounds) rounds: "
                + ordered.map(speed).joined(separator: "; ")
                + (isSlower ? "; the rounds differ by more than that: the difference is noise" : ""))
        if isOther {
            let why =
                "with threads that wait \(chosen.setting.waiting.rawValue), \(TuningText.split(split, cores: cores)) make "
                + "\(TuningText.count(chosen.rate.samplesPerSecond))/s; "
                + "\(TuningText.split(base.setting.split, cores: cores)), the best otherwise, "
                + "\(TuningText.count(base.rate.samplesPerSecond))"
            for other in threads(split, cores: cores, why) {
                guard let index = recommendations.firstIndex(where: { $0.setting == other.setting }) else { continue }
                recommendations[index] = other
            }
        }
        recommendations.insert(waiting, at: min(2, recommendations.count))
    }

    /// The setting that was not measured stays as it is, for a reason.
    package static func notMeasuredWaiting(_ reason: String) -> Recommendation {
        Recommendation(settingOfWaiting, "as they do, not measured", reason)
    }

    private static let settingOfWaiting = "threads that wait"
    package static let optionOfWaiting = "openmp-wait"
}
