/// Compares ways of waiting, each in processes of its own: a process cannot change how its threads wait.
package struct WaitingRounds {
    /// Rounds, when there is time for them; and fewer tell nothing.
    private static let (mostRounds, leastRounds) = (3, 2)

    private let candidates: [WaitingSplit]
    private let budget: TuningBudget
    private let leastPieceSeconds: Double

    /// - Parameters:
    ///   - seconds: what the comparison may take.
    ///   - leastPieceSeconds: what a piece takes at least, once its process has started.
    package init(_ candidates: [WaitingSplit], seconds: Double, leastPieceSeconds: Double) {
        self.candidates = candidates
        budget = TuningBudget(seconds: seconds)
        self.leastPieceSeconds = leastPieceSeconds
    }

    /// Measures all in whole rounds, every other one backwards, and gives the medians; empty when there is no time for
    /// two rounds.
    ///
    /// - Parameters:
    ///   - startSeconds: what a process takes until its piece begins, as far as that is known.
    ///   - measure: a process with a piece of so many seconds; nil when it cannot be had.
    package func run(
        startSeconds: Double, _ measure: (WaitingSplit, Double) throws -> RunRate?
    ) throws -> [Trial<WaitingSplit>] {
        var pieces = [[RunRate]](repeating: [], count: candidates.count)
        var start = startSeconds
        for round in 0..<Self.mostRounds {
            let least = max(leastPieceSeconds, start / 2)
            // As many rounds as the time has room for, of pieces that are as long as it then allows.
            let room = Int(min(1e6, budget.left(until: 1) / (Double(candidates.count) * (start + least))))
            let rounds = min(Self.mostRounds - round, room)
            guard round + rounds >= Self.leastRounds, rounds > 0 else { break }
            let seconds = budget.left(until: 1) / Double(candidates.count * rounds) - start
            for index in round.isMultiple(of: 2) ? Array(candidates.indices) : candidates.indices.reversed() {
                let began = ContinuousClock.now
                guard let rate = try measure(candidates[index], seconds) else { return [] }
                pieces[index].append(rate)
                start = max(0.5 * start, began.secondsToNow - seconds)
            }
        }
        guard pieces.allSatisfy({ $0.count >= Self.leastRounds }) else { return [] }
        return zip(candidates, pieces).compactMap { setting, pieces in
            RunRate(medianOf: pieces).map { Trial(setting, $0) }
        }
    }
}
