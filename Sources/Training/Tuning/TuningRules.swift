/// What follows from measurements: no clock, no thread, no file.
///
/// Of settings that are equally fast, the one that takes less is chosen. Equally fast is what differs by less than
/// `tolerance`, or by less than the pieces of one setting differ from each other.
package enum TuningRules {
    /// Differences below this are not worth a thread or a mebibyte.
    package static let tolerance = 0.02

    /// A trainer that waits less than this share of its time is not made faster by more workers or a longer queue.
    package static let noWait = 0.01

    /// Of what was tried, what is worth another round: the share of the best speed. A first round may have hit a busy
    /// moment of the machine, so that it rules out less.
    package static func hope(rounds: Int) -> Double { rounds > 1 ? 0.85 : 0.5 }

    /// The settings that may still win after so many rounds.
    package static func survivors<Setting>(_ trials: [Trial<Setting>], rounds: Int) -> [Setting] {
        let best = trials.map(\.rate.samplesPerSecond).max() ?? 0
        return trials.filter { $0.rate.samplesPerSecond >= hope(rounds: rounds) * best }.map(\.setting)
    }

    /// Whether a setting is as fast as a faster one, as far as the pieces can tell.
    package static func isAsFast(_ rate: RunRate, as best: RunRate) -> Bool {
        if rate.samplesPerSecond >= (1 - tolerance) * best.samplesPerSecond { return true }
        return rate.fastest >= best.samplesPerSecond && best.slowest <= rate.samplesPerSecond
    }

    /// Of the settings that are as fast as the fastest, the one that takes least; of those, the fastest.
    package static func choice<Setting>(
        _ trials: [Trial<Setting>], taking cost: (Setting) -> Int
    ) -> Trial<Setting>? {
        guard let best = trials.max(by: { $0.rate.samplesPerSecond < $1.rate.samplesPerSecond }) else { return nil }
        return trials.filter { isAsFast($0.rate, as: best.rate) }.min {
            (cost($0.setting), -$0.rate.samplesPerSecond) < (cost($1.setting), -$1.rate.samplesPerSecond)
        }
    }

    /// What is chosen in place of a setting that the plan has: the planned one, unless the others were tried as often
    /// as it takes to know better.
    static func choice<Setting>(
        _ trials: [Trial<Setting>], planned: Setting, taking cost: (Setting) -> Int
    ) -> Trial<Setting>? {
        guard let base = trials.first(where: { $0.setting == planned }), let chosen = choice(trials, taking: cost)
        else {
            return nil
        }
        return min(base.rate.rounds, chosen.rate.rounds) > 1 ? chosen : base
    }
}
