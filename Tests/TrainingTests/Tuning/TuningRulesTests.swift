import Memory
import Testing
import Training

/// What follows from measurements that are made up.
@Suite struct TuningRulesTests {
    /// Reading and decoding take 80 µs a row, gathering 20.
    private let decode = DecodeRate(
        workers: 1, rowsPerSecond: 10_000, decodeSecondsPerRow: 80e-6, fillSecondsPerRow: 20e-6,
        storedBytesPerRow: 2500,
        decodedBytesPerRow: 3140)

    private func run(_ speed: Double, waited: Double = 0) -> RunRate {
        RunRate(samplesPerSecond: speed, waitShare: waited)
    }
    private func twice(_ speed: Double, waited: Double = 0.05) -> RunRate {
        RunRate(samplesPerSecond: speed, waitShare: waited, rounds: 2)
    }
    private func split(_ workers: Int?, _ threads: Int, _ speed: Double, waited: Double = 0) -> Trial<ThreadSplit> {
        Trial(ThreadSplit(decodeWorkers: workers, computeThreads: threads), run(speed, waited: waited))
    }

    @Test func `the median is a piece that was measured, the slower of two`() throws {
        #expect(RunRate(medianOf: []) == nil)
        let three = try #require(RunRate(medianOf: [run(9, waited: 0.3), run(1), run(5, waited: 0.5)]))
        #expect(three.samplesPerSecond == 5 && three.waitShare == 0.5 && three.rounds == 3)
        #expect(three.slowest == 1 && three.fastest == 9)
        #expect(RunRate(medianOf: [run(9), run(5)])?.samplesPerSecond == 5)
    }

    @Test func `workers needed are what the step keeps busy`() {
        for (speed, needed) in [(0.0, 1), (9_000, 1), (10_001, 2), (25_000, 3), (1e9, 8), (.infinity, 8), (.nan, 8)] {
            #expect(TuningRules.workersNeeded(samplesPerSecond: speed, decode, cores: 8) == needed, "\(speed)")
        }
    }

    @Test func `what the user has chosen is not tried otherwise`() {
        #expect(TuningRules.computeThreads(cores: 2, fixed: nil) == [1, 2])
        #expect(TuningRules.computeThreads(cores: 1, fixed: nil) == [1])
        #expect(TuningRules.computeThreads(cores: 16, fixed: nil) == [8, 15, 16])
        #expect(TuningRules.computeThreads(cores: 16, fixed: 3) == [3])
        let steps = [StepRate(computeThreads: 2, samplesPerSecond: 9000)]
        let splits = TuningRules.splits(cores: 4, decode: decode, steps: steps, fixedWorkers: 3)
        #expect(splits == [ThreadSplit(decodeWorkers: 3, computeThreads: 2)])
    }

    @Test func `pairs that cannot win are not tried, and the default is`() {
        let steps = [
            StepRate(computeThreads: 1, samplesPerSecond: 4000), StepRate(computeThreads: 2, samplesPerSecond: 9000),
        ]
        let splits = TuningRules.splits(cores: 2, decode: decode, steps: steps, fixedWorkers: nil)
        #expect(splits == [nil, 1, 2].map { ThreadSplit(decodeWorkers: $0, computeThreads: 2) })
        let close = [
            StepRate(computeThreads: 1, samplesPerSecond: 5000), StepRate(computeThreads: 2, samplesPerSecond: 9000),
        ]
        #expect(TuningRules.splits(cores: 2, decode: decode, steps: close, fixedWorkers: nil).count == 6)
    }

    @Test func `only what may still win is tried again`() {
        let trials = [split(1, 1, 100), split(1, 2, 90), split(2, 2, 84)]
        #expect(TuningRules.survivors(trials, rounds: 2) == trials.dropLast().map(\.setting))
        // One round alone may have hit a busy moment.
        #expect(TuningRules.survivors(trials + [split(3, 2, 49)], rounds: 1) == trials.map(\.setting))
        #expect(TuningRules.survivors([Trial<ThreadSplit>](), rounds: 1).isEmpty)
    }

    @Test func `what differs by less than its own pieces do is equally fast`() throws {
        let best = try #require(RunRate(medianOf: [run(70), run(100), run(110)]))
        let noisy = try #require(RunRate(medianOf: [run(60), run(80), run(101)]))
        #expect(TuningRules.isAsFast(noisy, as: best))
        let slower = try #require(RunRate(medianOf: [run(60), run(80), run(99)]))
        #expect(!TuningRules.isAsFast(slower, as: best))
        let steady = try #require(RunRate(medianOf: [run(90), run(100), run(110)]))
        #expect(!TuningRules.isAsFast(noisy, as: steady))
        #expect(TuningRules.isAsFast(run(98), as: run(100)) && !TuningRules.isAsFast(run(97.9), as: run(100)))
        let settings = [noisy, best].indices.map { ThreadSplit(decodeWorkers: $0 + 1, computeThreads: 1) }
        let trials = zip(settings, [noisy, best]).map { Trial($0, $1) }
        #expect(TuningRules.choice(trials, taking: { $0.decodeWorkers! })?.setting == settings[0])
    }

    @Test func `one piece alone changes no plan`() {
        let depths = [QueueDepth(batches: 4, bytes: 1 << 20), QueueDepth(batches: 16, bytes: 4 << 20)]
        #expect(TuningRules.queue(depths.map { Trial($0, run(100, waited: 0.1)) }, planned: depths[1])?.option == nil)
    }

    @Test func `the fastest pair wins, a tie goes to fewer threads`() throws {
        func chosen(_ trials: [Trial<ThreadSplit>]) -> ThreadSplit? {
            TuningRules.threads(trials, decode: decode, steps: [], cores: 2)?.split.setting
        }
        #expect(chosen([]) == nil)
        #expect(
            chosen([split(nil, 2, 100, waited: 0.1), split(1, 2, 99, waited: 0.1), split(2, 2, 98.5, waited: 0.1)])
                == ThreadSplit(decodeWorkers: 1, computeThreads: 2))
        #expect(chosen([split(1, 1, 97), split(2, 2, 100)]) == ThreadSplit(decodeWorkers: 2, computeThreads: 2))
        #expect(chosen([split(1, 1, 98.1), split(2, 2, 100)]) == ThreadSplit(decodeWorkers: 1, computeThreads: 1))
        // As many threads: the faster one.
        #expect(chosen([split(2, 1, 99), split(1, 2, 100)]) == ThreadSplit(decodeWorkers: 1, computeThreads: 2))
    }

    @Test func `no worker is added for a trainer that does not wait`() {
        func chosen(_ trials: [Trial<ThreadSplit>]) -> Int? {
            TuningRules.threads(trials, decode: decode, steps: [], cores: 4)?.split.setting.decodeWorkers
        }
        #expect(chosen([split(1, 2, 80), split(2, 2, 90), split(4, 2, 100)]) == 1)
        #expect(chosen([split(1, 2, 80, waited: 0.2), split(2, 2, 90), split(4, 2, 100)]) == 2)
        #expect(
            chosen([split(1, 2, 80, waited: 0.2), split(2, 2, 90, waited: 0.1), split(4, 2, 100, waited: 0.01)]) == 4)
        let found = TuningRules.threads([split(1, 2, 80), split(2, 2, 90)], decode: decode, steps: [], cores: 2)
        #expect(found?.recommendations[0].reason.hasSuffix("the difference is noise") == true)
        // With other compute threads it is another matter.
        #expect(chosen([split(1, 1, 80), split(4, 2, 100)]) == 4)
    }

    @Test func `workers that adapt are the default, which needs no option`() throws {
        let steps = [StepRate(computeThreads: 2, samplesPerSecond: 9876)]
        let trials = [split(nil, 2, 9000, waited: 0.07), split(1, 2, 8000, waited: 0.2), split(1, 1, 5000)]
        let found = try #require(TuningRules.threads(trials, decode: decode, steps: steps, cores: 2))
        let (workers, threads) = (found.recommendations[0], found.recommendations[1])
        #expect(workers.setting == "decode workers" && workers.option == nil)
        for part in ["10,000 rows/s", "9,880", "9,000/s", "7 %", "adapting the run makes 9,000/s", "8,000 with 1"] {
            #expect(workers.reason.contains(part), "\(workers.reason)")
        }
        #expect(threads.option == .init(name: "compute-threads", value: "2"))
        #expect(threads.reason.contains("5,000 at best with 1"), "\(threads.reason)")
    }

    @Test func `other parts of batches are worth it when they are faster, or save memory`() throws {
        func parts(_ speeds: [Double], mebibytes: [Int]) -> Recommendation? {
            let settings = speeds.indices.map {
                BatchParts(accumulate: 1 << $0, microBatch: 128 >> $0, stepBytes: mebibytes[$0] << 20)
            }
            return TuningRules.parts(zip(settings, speeds).map { Trial($0, twice($1)) }, planned: settings[0])
        }
        let saving = try #require(parts([100, 99], mebibytes: [80, 40]))
        #expect(saving.option == .init(name: "accumulate", value: "2") && saving.value == "64")
        #expect(saving.reason.contains("40.0 MiB") && saving.reason.contains("128: 100/s with 80.0 MiB"))
        #expect(parts([100, 99], mebibytes: [44, 40])?.option == nil)
        #expect(parts([100, 97], mebibytes: [80, 40])?.option == nil)
        #expect(parts([100, 110, 111], mebibytes: [44, 42, 43])?.option == .init(name: "accumulate", value: "2"))
    }

    @Test func `the queue is as short as it may be`() throws {
        let depths = [(4, 1), (16, 4), (40, 16)].map { QueueDepth(batches: $0, bytes: $1 << 20) }
        func queue(_ speeds: [Double]) -> Recommendation? {
            TuningRules.queue(zip(depths, speeds).map { Trial($0, twice($1)) }, planned: depths[2])
        }
        #expect(queue([]) == nil)
        #expect(queue([100, 101, 100])?.option == .init(name: "prefetch", value: "1024KiB"))
        #expect(queue([90, 99, 100])?.option == .init(name: "prefetch", value: "4MiB"))
        #expect(queue([90, 90, 100])?.option == nil)
        // The trainer does not wait: what differs is not the queue's doing.
        let calm = zip(depths, [90.0, 90, 100]).map { Trial($0, twice($1, waited: 0)) }
        #expect(TuningRules.queue(calm, planned: depths[2])?.option == .init(name: "prefetch", value: "1024KiB"))
    }

    @Test func `a window is made smaller only where that saves something and costs nothing`() throws {
        let windows = [(256, 1.001), (128, 1.01), (64, 1.05), (32, 1.3), (16, 2.5)].map {
            WindowQuality(bytes: $0 << 20, chiSquaredPerDegree: $1)
        }
        func window(_ windows: [WindowQuality], capped: Bool = false, whole: Bool = false) -> Recommendation? {
            TuningRules.window(windows, isCapped: capped, isWhole: whole, remedy: "smaller chunks would")
        }
        #expect(window([]) == nil)
        let smaller = try #require(window(windows))
        #expect(smaller.option == .init(name: "window", value: "64MiB"))
        for part in ["1.05", "1.00 with the 256.0 MiB", "1.30 with 32.0 MiB"] {
            #expect(smaller.reason.contains(part), "\(smaller.reason)")
        }
        #expect(window(windows, capped: true)?.option == nil)
        #expect(window(Array(windows.prefix(1)), whole: true)?.option == nil)
        let poor = try #require(window(Array(windows.suffix(1))))
        #expect(poor.option == nil && poor.reason.hasSuffix("smaller chunks would"))
    }

    @Test func `converting is recommended where decoding is dear and shards are cheaper`() throws {
        func data(
            speed: Double = 9000, shards: Double? = 20e-6, whole: Bool = false, quality: Double = 1
        ) -> Recommendation? {
            TuningRules.data(
                run: run(speed), decode,
                shards: shards.map { ShardRate(rows: 300, decodeSecondsPerRow: $0, storedBytesPerRow: 2200) }, cores: 2,
                isWhole: whole, quality: quality, convert: "millrace shard convert a.h5 --out a-shards")
        }
        let convert = try #require(data())
        #expect(convert.command == "millrace shard convert a.h5 --out a-shards")
        for part in ["0.72 of 2 cores", "25 % of that", "300 of the rows"] {
            #expect(convert.reason.contains(part), "\(convert.reason)")
        }
        // 2000 × 80 µs are 0.16 of a core: less than a tenth of two.
        #expect(data(speed: 2000)?.command == nil)
        #expect(data(shards: 70e-6)?.command == nil)
        #expect(data(shards: nil)?.command == nil)
        #expect(data(whole: true) == nil)
        #expect(data(quality: 5)?.command == "millrace shard convert a.h5 --out a-shards --shuffle 0")
    }

    @Test func `the command to convert is one for a shell`() {
        #expect(
            TuningRules.convertCommand(["data/train.h5"], memory: .mebibytes(512))
                == "millrace shard convert data/train.h5 --out train-shards --memory 512MiB")
        #expect(
            TuningRules.convertCommand(["a b's.h5", "part-*.h5"], memory: nil)
                == "millrace shard convert 'a b'\\''s.h5' part-*.h5 --out 'a b'\\''s-shards'")
        #expect(TuningRules.convertCommand(["*.h5"], memory: nil) == "millrace shard convert *.h5 --out data-shards")
    }
}
