import ArgumentParser
import Glibc

/// Starts workers, counts what they say, and starts another in place of one that died.
struct Supervisor {
    /// What happened to all inputs.
    struct Totals {
        var inputs = 0
        var refused = 0
        var failed = 0
        var partly = 0
        var whole = 0
        var crashed = 0
        var hung = 0
        var seconds = 0.0

        var text: String {
            """
            inputs      \(inputs)  (\(Int(Double(inputs) / max(seconds, 1e-3))) per second)
            opened      \(failed + partly + whole)
            refused     \(refused + failed)  (\(refused) files, \(failed) with an error in a dataset)
            read whole  \(whole)  (and \(partly) but for datasets that are too large)
            crashed     \(crashed)
            hung        \(hung)
            """
        }

        mutating func count(_ code: UInt8) {
            inputs += 1
            switch code {
            case UInt8(ascii: "r"): refused += 1
            case UInt8(ascii: "f"): failed += 1
            case UInt8(ascii: "p"): partly += 1
            default: whole += 1
            }
        }
    }

    /// A process and the inputs that it has to do.
    private struct Worker {
        var process: pid_t
        var output: Int32
        var inputs: Range<Int>
        var lastSign: Double
    }

    /// What a worker says when it has read the files and begins.
    static let isReady = UInt8(ascii: ".")

    private let options: FuzzCommand
    private let corpus: Corpus

    init(_ options: FuzzCommand, corpus: Corpus) {
        self.options = options
        self.corpus = corpus
    }

    /// Runs all inputs.
    func run() throws -> Totals {
        var totals = Totals()
        let start = Self.now
        let share = (options.count + options.workers - 1) / options.workers
        var workers: [Worker] = []
        for first in stride(from: options.first, to: options.first + options.count, by: share) {
            workers.append(try launch(first..<min(first + share, options.first + options.count)))
        }
        while !workers.isEmpty {
            var polled = workers.map { pollfd(fd: $0.output, events: Int16(POLLIN), revents: 0) }
            poll(&polled, nfds_t(polled.count), 500)
            var next: [Worker] = []
            for (worker, state) in zip(workers, polled) {
                if let left = try follow(worker, hasOutput: state.revents != 0, &totals) { next.append(left) }
            }
            workers = next
        }
        totals.seconds = Self.now - start
        return totals
    }

    // Takes what a worker said; returns it, its successor, or nil when its inputs are done.
    private func follow(_ worker: Worker, hasOutput: Bool, _ totals: inout Totals) throws -> Worker? {
        var worker = worker
        if hasOutput {
            var codes = [UInt8](repeating: 0, count: 4096)
            let count = Glibc.read(worker.output, &codes, codes.count)
            if count > 0 {
                let done = codes.prefix(count).filter { $0 != Self.isReady }
                for code in done { totals.count(code) }
                worker.inputs = (worker.inputs.lowerBound + done.count)..<worker.inputs.upperBound
                worker.lastSign = Self.now
                return worker
            }
        } else {
            guard Self.now - worker.lastSign > Double(options.timeLimit) else { return worker }
            kill(worker.process, SIGKILL)
        }
        close(worker.output)
        var status: Int32 = 0
        waitpid(worker.process, &status, 0)
        guard let number = worker.inputs.first else { return nil }
        totals.inputs += 1
        if hasOutput { totals.crashed += 1 } else { totals.hung += 1 }
        try save(number, hasOutput ? "crash" : "hang", status: status)
        let rest = (number + 1)..<worker.inputs.upperBound
        return rest.isEmpty ? nil : try launch(rest)
    }

    private func save(_ number: Int, _ kind: String, status: Int32) throws {
        mkdir(options.folder, 0o777)
        let path = "\(options.folder)/\(kind)-\(number).h5"
        try InputFile.write(
            corpus.input(
                seed: options.seed, number: number, mends: !options.keepChecksums), to: path)
        let signal = status & 0x7f
        let cause = signal != 0 ? "signal \(signal)" : "status \(status >> 8)"
        print(
            "input \(number): \(kind), \(cause), saved as \(path)"
        )
        fflush(nil)
    }

    private func launch(_ inputs: Range<Int>) throws -> Worker {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw ValidationError("no pipe for a worker") }
        // A worker that held the other's pipe would hide its end.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let arguments =
            [
                "millrace-fuzz", "--worker", "--seed", "\(options.seed)", "--first", "\(inputs.lowerBound)", "--count",
                "\(inputs.count)", "--scratch", options.scratch,
            ] + (options.keepChecksums ? ["--keep-checksums"] : []) + options.files
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/proc/self/exe", &actions, nil, &pointers, environ)
        close(ends[1])
        guard code == 0 else { throw ValidationError("a worker cannot be started: error \(code)") }
        return Worker(process: process, output: ends[0], inputs: inputs, lastSign: Self.now)
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
