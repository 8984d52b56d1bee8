import DataSource

extension Tuner {
    /// Rounds of a comparison, when there is time for them.
    private static let roundCount = 3

    /// Tries settings one after the other, then those that may still win again, in the other direction; gives the
    /// median of each.
    ///
    /// Pieces alternate because the machine changes: what is slow while others work is slow for every setting.
    ///
    /// - Parameters:
    ///   - share: of the time, in which the rounds end.
    ///   - name: a setting in words, for what is not measured.
    ///   - measure: a piece of so many seconds; nil when it cannot be had.
    func rounds<Setting: Hashable & Sendable>(
        _ settings: [Setting], until share: Double, _ name: (Setting) -> String,
        _ measure: (Setting, Double) throws -> RunRate?
    ) throws -> [Trial<Setting>] {
        var pieces: [Setting: [RunRate]] = [:]
        // Later rounds are of those that may still win, often two or three.
        let count = settings.count + (Self.roundCount - 1) * min(3, settings.count)
        let seconds = budget.left(until: share) / Double(max(1, count))
        func medians() -> [Trial<Setting>] {
            settings.compactMap { setting in
                RunRate(medianOf: pieces[setting] ?? []).map { Trial(setting, $0) }
            }
        }
        var alive = settings
        for round in 0..<Self.roundCount {
            for setting in round.isMultiple(of: 2) ? alive : alive.reversed() {
                let expected = max(seconds, report.leastPieceSeconds)
                guard budget.has(expected, until: round == 0 ? 1 : share) else { continue }
                if let rate = try measure(setting, seconds) { pieces[setting, default: []].append(rate) }
                try checkStopped()
            }
            alive = TuningRules.survivors(medians(), rounds: round + 1)
        }
        let missing = settings.filter { pieces[$0] == nil }.map(name)
        record { $0.notMeasured += missing }
        return medians()
    }

    /// A piece of `fit` with a pair of thread counts, for so many seconds.
    ///
    /// - Parameter change: other settings of it.
    func runPiece(with split: ThreadSplit, seconds: Double, _ change: (inout FitSettings) -> Void = { _ in }) throws
        -> RunRate?
    {
        var fit = settings.fit.ofPiece(windowBytes: piece.windowBytes)
        fit.decodeWorkers = split.decodeWorkers
        change(&fit)
        useThreads(split.computeThreads)
        return try model.rateOfPiece(
            piece.source, fit, try planned(piece.source, fit), seconds: seconds, isStopped: settings.isStopped)
    }
}
