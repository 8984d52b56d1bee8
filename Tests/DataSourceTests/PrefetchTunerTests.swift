import DataSource
import Testing

@Suite struct PrefetchTunerTests {
    private func deliver(_ tuner: inout PrefetchTuner, intervals: Int, waits: Int) {
        for _ in 0..<intervals {
            for batch in 0..<16 { tuner.didDeliver(hasWaited: batch < waits) }
        }
    }

    @Test func `waiting brings workers and batches up to their bounds`() {
        var tuner = PrefetchTuner(mostWorkers: 4, mostBatches: 100, isTuned: true)
        #expect(tuner.workers == 4 && tuner.batches == 8)
        deliver(&tuner, intervals: 200, waits: 0)
        #expect(tuner.workers == 1 && tuner.batches == 4)
        deliver(&tuner, intervals: 1, waits: 2)
        #expect(tuner.workers == 2 && tuner.batches == 8)
        deliver(&tuner, intervals: 10, waits: 16)
        #expect(tuner.workers == 4 && tuner.batches == 100)
    }

    @Test func `a single wait changes nothing`() {
        var tuner = PrefetchTuner(mostWorkers: 4, mostBatches: 100, isTuned: true)
        deliver(&tuner, intervals: 100, waits: 1)
        #expect(tuner.workers == 4 && tuner.batches == 8)
    }

    @Test func `a worker that was missed is not soon taken away again`() {
        var tuner = PrefetchTuner(mostWorkers: 2, mostBatches: 8, isTuned: true)
        var needed: [Int] = []
        for _ in 0..<4 {
            var intervals = 0
            while tuner.workers == 2 {
                deliver(&tuner, intervals: 1, waits: 0)
                intervals += 1
            }
            needed.append(intervals)
            deliver(&tuner, intervals: 1, waits: 16)
        }
        #expect(needed == [8, 16, 32, 64])
    }

    @Test func `nothing changes when it is not asked to`() {
        var tuner = PrefetchTuner(mostWorkers: 3, mostBatches: 50, isTuned: false)
        deliver(&tuner, intervals: 100, waits: 0)
        deliver(&tuner, intervals: 100, waits: 16)
        #expect(tuner.workers == 3 && tuner.batches == 50)
    }
}
