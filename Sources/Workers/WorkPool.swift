/// Threads that run jobs, for a coordinator that hands them out and takes the results in order.
///
/// Jobs never wait for other jobs: only the coordinator waits, so that no amount of work can lock itself. Urgent jobs go
/// first. Call `finish()` before the pool is dropped.
package final class WorkPool: Sendable {
    /// Who waits where, and what is to be done.
    private struct State {
        var urgent: [@Sendable (Int) -> Void] = []
        var urgentHead = 0
        var jobs: [@Sendable (Int) -> Void] = []
        var jobsHead = 0
        var completions = 0
        var isFinished = false

        mutating func next() -> (@Sendable (Int) -> Void)? {
            Self.pop(&urgent, &urgentHead) ?? Self.pop(&jobs, &jobsHead)
        }

        private static func pop(
            _ queue: inout [@Sendable (Int) -> Void], _ head: inout Int
        ) -> (@Sendable (Int) -> Void)? {
            guard head < queue.count else { return nil }
            let job = queue[head]
            head += 1
            // What is done is removed now and then, so that nothing moves for each job.
            if head == queue.count || head >= 64 {
                queue.removeFirst(head)
                head = 0
            }
            return job
        }
    }

    private enum Step {
        case run(@Sendable (Int) -> Void)
        case end
    }

    private let state: Monitor<State>
    private let threads: [WorkerThread]

    /// How many threads there are. Jobs learn the number of theirs, from 0, to find what belongs to the thread.
    package var threadCount: Int { threads.count }

    /// Starts `threads` threads.
    package init(threads: Int, name: String) {
        precondition(threads > 0, "WorkPool: \(threads) threads")
        let state = Monitor(State())
        self.state = state
        self.threads = (0..<threads).map { number in
            WorkerThread(name: "\(name)\(number)") {
                while case .run(let job) = state.wait({ state -> Step? in
                    if let job = state.next() { return .run(job) }
                    return state.isFinished ? .end : nil
                }) {
                    job(number)
                    state.update { $0.completions += 1 }
                }
            }
        }
    }

    /// Jobs that ended so far.
    package var completions: Int { state.update { $0.completions } }

    /// Waits until more jobs have ended than `known`.
    package func wait(after known: Int) {
        state.wait { $0.completions > known ? () : nil }
    }

    /// Runs what is still queued and joins the threads.
    package func finish() {
        state.update { $0.isFinished = true }
        for thread in threads { thread.join() }
    }

    fileprivate func submit(isUrgent: Bool, _ job: @escaping @Sendable (Int) -> Void) {
        state.update {
            precondition(!$0.isFinished, "WorkPool: a job after finish()")
            if isUrgent { $0.urgent.append(job) } else { $0.jobs.append(job) }
        }
    }
}

/// Jobs of one kind, whose results are taken in the order in which they were submitted. Used by one coordinator.
package final class WorkLane<Result: Sendable> {
    private let pool: WorkPool
    private let isUrgent: Bool
    private let results = Monitor<[Int: Result]>([:])
    private var submitted = 0
    private var taken = 0

    /// - Parameter isUrgent: whether jobs of this lane go before those of others.
    package init(_ pool: WorkPool, isUrgent: Bool = false) {
        self.pool = pool
        self.isUrgent = isUrgent
    }

    /// Jobs whose results were not taken yet.
    package var pending: Int { submitted - taken }

    /// Hands a job to the pool; it gets the number of the thread that runs it.
    package func submit(_ job: @escaping @Sendable (Int) -> Result) {
        let ticket = submitted
        submitted += 1
        let results = results
        pool.submit(isUrgent: isUrgent) { thread in
            let result = job(thread)
            results.update { $0[ticket] = result }
        }
    }

    /// The result that comes next in order, if its job has ended.
    package func takeReady() -> Result? {
        let ticket = taken
        guard let result = results.update({ $0.removeValue(forKey: ticket) }) else { return nil }
        taken += 1
        return result
    }
}
