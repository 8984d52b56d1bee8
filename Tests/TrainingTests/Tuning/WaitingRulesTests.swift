import Testing
import Training
import Workers

/// How threads wait: what follows from rounds that are made up.
@Suite struct WaitingRulesTests {
    private let one = ThreadSplit(decodeWorkers: 1, computeThreads: 1)
    private let two = ThreadSplit(decodeWorkers: 1, computeThreads: 2)

    private func rate(_ rounds: [Double]) -> RunRate {
        RunRate(medianOf: rounds.map { RunRate(samplesPerSecond: $0, waitShare: 0) })!
    }

    private func trial(_ waiting: OpenMPWaiting, _ rounds: [Double], _ split: ThreadSplit? = nil)
        -> Trial<WaitingSplit>
    {
        Trial(WaitingSplit(split ?? two, waiting), rate(rounds))
    }

    private func split(_ split: ThreadSplit, _ speed: Double) -> Trial<ThreadSplit> { Trial(split, rate([speed])) }

    @Test func `another way than bounded needs rounds that are all faster`() {
        func chosen(_ bounded: [Double], _ passive: [Double]) -> OpenMPWaiting? {
            TuningRules.waiting([trial(.bounded, bounded), trial(.passive, passive)])?.setting.waiting
        }
        // Three rounds on two busy cores.
        #expect(chosen([1340, 1750, 1710], [2080, 4470, 2460]) == .passive)
        #expect(chosen([100, 102], [110, 120]) == .passive)
        // A round of the one is as fast as one of the other; a difference as small as a setting's own; slower.
        #expect(chosen([100, 111], [110, 120]) == .bounded)
        #expect(chosen([100, 100], [101.9, 102]) == .bounded)
        #expect(chosen([100, 102], [80, 90]) == .bounded)
        // One round tells nothing.
        #expect(chosen([100], [200]) == nil && chosen([100, 101], [200]) == nil)
        #expect(TuningRules.waiting([trial(.bounded, [1, 2])]) == nil && TuningRules.waiting([]) == nil)
    }

    @Test func `of several that are faster, the fastest`() {
        let trials = [trial(.bounded, [10, 11]), trial(.passive, [20, 21]), trial(.active, [30, 31])]
        #expect(TuningRules.waiting(trials)?.setting.waiting == .active)
    }

    @Test func `what is tried`() {
        func tried(_ chosen: ThreadSplit, _ trials: [Trial<ThreadSplit>], cores: Int = 2) -> [WaitingSplit] {
            let steps = [1, 2].map { StepRate(computeThreads: $0, samplesPerSecond: 100) }
            return TuningRules.waitings(chosen: chosen, trials, steps: steps, cores: cores)
        }
        #expect(tried(two, [split(two, 9)]) == [WaitingSplit(two, .bounded), WaitingSplit(two, .passive)])
        // One thread won: several that sleep may still be faster than one.
        let others = ThreadSplit(decodeWorkers: 2, computeThreads: 2)
        #expect(
            tried(one, [split(one, 9), split(two, 7), split(others, 8)])
                == [WaitingSplit(one, .bounded), WaitingSplit(others, .passive)])
        #expect(tried(one, [split(one, 9)]) == [WaitingSplit(one, .bounded), WaitingSplit(two, .passive)])
        // A core for every thread.
        #expect(tried(two, [split(two, 9)], cores: 3).map(\.waiting) == [.bounded, .passive, .active])
        let adapting = ThreadSplit(decodeWorkers: nil, computeThreads: 2)
        #expect(tried(adapting, [], cores: 8).map(\.waiting) == [.bounded, .passive])
        let alone = [StepRate(computeThreads: 1, samplesPerSecond: 100)]
        #expect(TuningRules.waitings(chosen: one, [split(one, 9)], steps: alone, cores: 2).isEmpty)
    }

    @Test func `the sentence has the figures, and the file the key`() throws {
        var recommendations: [Recommendation] = []
        TuningRules.add(
            [trial(.bounded, [1340, 1750, 1710]), trial(.passive, [2080, 4470, 2460])], to: &recommendations, cores: 2)
        let passive = try #require(recommendations.first)
        #expect(passive.value == "passive" && passive.option == .init(name: "openmp-wait", value: "passive"))
        for part in ["3 rounds", "passive: 2,460/s (2,080 to 4,470)", "bounded: 1,710/s (1,340 to 1,750)"] {
            #expect(passive.reason.contains(part), "\(passive.reason)")
        }
        recommendations = []
        TuningRules.add([trial(.bounded, [100, 111]), trial(.passive, [110, 120])], to: &recommendations, cores: 2)
        #expect(recommendations.first?.option == .init(name: "openmp-wait", value: "bounded"))
        #expect(recommendations.first?.reason.hasSuffix("the difference is noise") == true)
        // Nothing known, nothing said.
        recommendations = []
        TuningRules.add([], to: &recommendations, cores: 2)
        #expect(recommendations.isEmpty)
    }

    @Test func `threads that go with a way of waiting are recommended with it`() throws {
        let decode = DecodeRate(
            workers: 1, rowsPerSecond: 10_000, decodeSecondsPerRow: 80e-6, fillSecondsPerRow: 20e-6,
            storedBytesPerRow: 2500, decodedBytesPerRow: 3140)
        let alone = ThreadSplit(decodeWorkers: nil, computeThreads: 1)
        let found = try #require(
            TuningRules.threads([split(alone, 90), split(two, 50)], decode: decode, steps: [], cores: 2))
        func options(_ passive: [Double]) -> [String: String] {
            var recommendations = found.recommendations
            TuningRules.add(
                [trial(.bounded, [80, 90], alone), trial(.passive, passive, two)], to: &recommendations, cores: 2)
            #expect(recommendations.map(\.setting) == ["decode workers", "compute threads", "threads that wait"])
            return Dictionary(uniqueKeysWithValues: recommendations.compactMap(\.option).map { ($0.name, $0.value) })
        }
        #expect(options([100, 110]) == ["decode-workers": "1", "compute-threads": "2", "openmp-wait": "passive"])
        #expect(options([85, 110]) == ["compute-threads": "1", "openmp-wait": "bounded"])
    }

    @Test func `rounds alternate, and there are two at least`() throws {
        let candidates = [WaitingSplit(two, .bounded), WaitingSplit(two, .passive)]
        func measured(seconds: Double, start: Double, least: Double = 0) throws -> (String, [Trial<WaitingSplit>]) {
            var order = ""
            let rounds = WaitingRounds(candidates, seconds: seconds, leastPieceSeconds: least)
            let trials = try rounds.run(startSeconds: start) { candidate, seconds in
                #expect(seconds >= least && seconds > 0)
                order += candidate.waiting == .bounded ? "b" : "p"
                return RunRate(samplesPerSecond: Double(order.count), waitShare: 0)
            }
            return (order, trials)
        }
        let (order, trials) = try measured(seconds: 600, start: 0.5)
        #expect(order == "bppbbp")
        #expect(trials.map(\.setting) == candidates && trials.map(\.rate.rounds) == [3, 3])
        #expect(trials.map(\.rate.slowest) == [1, 2] && trials.map(\.rate.fastest) == [5, 6])
        // Room for one round and for none: nothing is begun that tells nothing.
        for seconds in [0, 4.5, 8.9] {
            let (order, trials) = try measured(seconds: seconds, start: 1.5, least: 0.75)
            #expect(order.isEmpty && trials.isEmpty)
        }
        #expect(try measured(seconds: 11, start: 1.5, least: 0.75).1.allSatisfy { $0.rate.rounds > 1 })
        #expect(try measured(seconds: 60, start: 0.1, least: 100).0.isEmpty)
    }

    @Test func `a process that fails ends the comparison`() throws {
        var count = 0
        let rounds = WaitingRounds(
            [WaitingSplit(two, .bounded), WaitingSplit(two, .passive)], seconds: 600, leastPieceSeconds: 0)
        let trials = try rounds.run(startSeconds: 0.1) { _, _ in
            count += 1
            return count == 3 ? nil : RunRate(samplesPerSecond: 1, waitShare: 0)
        }
        #expect(trials.isEmpty && count == 3)
    }
}
