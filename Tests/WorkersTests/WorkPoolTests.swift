import Synchronization
import Testing
import Workers

struct `Work pools` {
    @Test(arguments: [1, 2, 7])
    func `results come in the order of submission`(threads: Int) {
        let pool = WorkPool(threads: threads, name: "test")
        let lane = WorkLane<Int>(pool)
        var results: [Int] = []
        for number in 0..<500 {
            lane.submit { _ in
                // Work of different length, so that later jobs overtake earlier ones.
                (0..<((number * 7919) % 997)).reduce(number) { $0 ^ ($1 & 0) }
            }
        }
        while results.count < 500 {
            let known = pool.completions
            while let result = lane.takeReady() { results.append(result) }
            if results.count < 500 && lane.pending > 0 && known == pool.completions { pool.wait(after: known) }
        }
        #expect(results == Array(0..<500))
        #expect(lane.pending == 0)
        pool.finish()
    }

    @Test func `each job runs on the thread that it is told`() {
        let pool = WorkPool(threads: 3, name: "test")
        let lane = WorkLane<Int>(pool)
        let busy = Mutex([false, false, false])
        for _ in 0..<200 {
            lane.submit { thread in
                busy.withLock {
                    #expect(!$0[thread])
                    $0[thread] = true
                }
                busy.withLock { $0[thread] = false }
                return thread
            }
        }
        pool.finish()
        var threads = Set<Int>()
        while let thread = lane.takeReady() { threads.insert(thread) }
        #expect(threads.isSubset(of: [0, 1, 2]) && lane.pending == 0)
    }

    @Test func `urgent jobs go first`() {
        let pool = WorkPool(threads: 1, name: "test")
        let gate = Mutex(())
        let order = Mutex<[String]>([])
        let plain = WorkLane<Bool>(pool)
        let urgent = WorkLane<Bool>(pool, isUrgent: true)
        gate.withLock { _ in
            // The first job keeps the only thread until all others wait.
            plain.submit { _ in gate.withLock { _ in true } }
            for number in 0..<3 {
                plain.submit { _ in
                    order.withLock {
                        $0.append("plain \(number)"); return true
                    }
                }
            }
            for number in 0..<3 {
                urgent.submit { _ in
                    order.withLock {
                        $0.append("urgent \(number)"); return true
                    }
                }
            }
        }
        pool.finish()
        let found = order.withLock { $0 }
        // The thread may have taken nothing yet when the first urgent job came.
        #expect(found.filter { $0.hasPrefix("urgent") } == ["urgent 0", "urgent 1", "urgent 2"])
        #expect(found.firstIndex(of: "urgent 2")! < found.firstIndex(of: "plain 0")!)
    }
}
