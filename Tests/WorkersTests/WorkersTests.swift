import Glibc
import Synchronization
import Testing
import Workers

@Suite struct MonitorTests {
    @Test func `a waiting thread sees every change`() {
        let monitor = Monitor(0)
        let worker = WorkerThread(name: "count") {
            for target in 1...1000 {
                monitor.wait { state -> Void? in
                    guard state == target * 2 - 1 else { return nil }
                    state += 1
                    return ()
                }
            }
        }
        for target in 1...1000 {
            monitor.wait { state -> Void? in
                guard state == target * 2 - 2 else { return nil }
                state += 1
                return ()
            }
        }
        worker.join()
        #expect(monitor.update { $0 } == 2000)
    }

    @Test func `updates of many threads are not lost`() {
        let monitor = Monitor(0)
        let workers = (0..<4).map { number in
            WorkerThread(name: "add\(number)") { for _ in 0..<10_000 { monitor.update { $0 += 1 } } }
        }
        for worker in workers { worker.join() }
        #expect(monitor.update { $0 } == 40_000)
    }
}

@Suite struct WorkerThreadTests {
    @Test func `joining twice waits once`() {
        let ran = Mutex(0)
        let worker = WorkerThread(name: "a name that is longer than the kernel takes") { ran.withLock { $0 += 1 } }
        worker.join()
        worker.join()
        #expect(ran.withLock { $0 } == 1)
    }

    @Test func `dropping a thread that was not joined traps`() async {
        await #expect(processExitsWith: .failure) {
            _ = WorkerThread(name: "lost") {}
        }
    }
}

@Suite struct RecursiveLockTests {
    @Test func `its holder may take it again`() {
        let lock = RecursiveLock()
        #expect(lock.withLock { lock.withLock { 7 } } == 7)
    }
}

// The processes of exit tests start with signals blocked.
private func unblockSignals() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_UNBLOCK, &all, nil)
}

@Suite struct StopSignalTests {
    @Test func `the first signal asks to stop`() async {
        await #expect(processExitsWith: .success) {
            unblockSignals()
            StopSignal.install()
            guard !StopSignal.isRequested else { fatalError() }
            raise(SIGTERM)
            guard StopSignal.number == SIGTERM else { fatalError() }
        }
    }

    @Test func `the second signal ends the process`() async {
        await #expect(processExitsWith: .signal(SIGINT)) {
            unblockSignals()
            StopSignal.install()
            raise(SIGINT)
            raise(SIGINT)
        }
    }
}
