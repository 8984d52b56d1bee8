import Foundation
import Testing

/// `millrace tune`: how threads wait, which it measures in processes of its own.
@Suite struct TuneWaitingTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private let base = ["tune", "--model", Fixture.convnet, "--data", Fixture.train, "--batch-size", "64"]
    /// Leaves nothing else to be tried, and so most of the time.
    private let twoThreads = [
        "--compute-threads", "2", "--decode-workers", "1", "--accumulate", "1", "--prefetch", "256KiB",
    ]

    @Test func `both ways are measured under the cap, and train takes the result`() throws {
        let (cap, mebibyte) = (160, 1 << 20)
        let errors = scratch.path("errors")
        try scratch.write("errors", "")
        let process = try scratch.start(
            base + twoThreads + ["--memory", "\(cap)MiB", "--seconds", "45", "--out", "tuned.yaml"],
            output: try #require(FileHandle(forWritingAtPath: errors)), environment: noChoice)
        try process.run()
        var (seen, most): (Set<String>, Int) = ([], 0)
        while process.isRunning {
            let children = Self.children(of: process.processIdentifier)
            #expect(children.count <= 1)
            for child in children { if let waiting = Self.waiting(of: child) { seen.insert(waiting) } }
            let bytes = ([process.processIdentifier] + children).reduce(0) { $0 + Self.residentBytes($1) }
            most = max(most, bytes)
            usleep(2000)
        }
        let said = try String(contentsOfFile: errors, encoding: .utf8)
        #expect(process.terminationStatus == 0, "\(said)")
        var ways: Set = ["GOMP_SPINCOUNT=10000", "OMP_WAIT_POLICY=passive"]
        // One that reads and two that compute have cores of their own: spinning takes none of them.
        if ProcessInfo.processInfo.activeProcessorCount > 2 { ways.insert("OMP_WAIT_POLICY=active") }
        #expect(seen == ways)
        #expect(most > 0 && most <= cap * mebibyte, "\(most)")
        for part in ["run, bounded", "run, passive", "threads that wait: "] { #expect(said.contains(part), "\(said)") }
        let text = String(decoding: try scratch.bytes("tuned.yaml"), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("openmp-wait: ") })
        #expect(text.contains("\n# threads that wait ") && text.contains("in processes of its own, "), "\(text)")
        try scratch.run(
            ["train", "--config", "tuned.yaml", "--log", "log.jsonl", "--quiet"], environment: noChoice
        ).expect(0)
        let plan = try #require(try LogFile(scratch, "log.jsonl").lines.first)
        #expect(plan["openmp_wait"] as? String == String(line.dropFirst("openmp-wait: ".count)))
    }

    @Test func `what is not measured is said, with the reason`() throws {
        func tune(_ options: [String], _ environment: [String: String?]) throws -> Ended {
            try scratch.run(base + ["--seconds", "2"] + options, environment: environment)
        }
        let chosen = noChoice.merging(["OMP_WAIT_POLICY": "passive"]) { $1 }
        let environment = try tune(twoThreads, chosen)
        environment.expect(0, "threads that wait: as they do, not measured", "OMP_WAIT_POLICY=passive is set")
        #expect(!environment.output.contains("openmp-wait:"))
        try tune(["--compute-threads", "1"], noChoice).expect(0, "with one compute thread, none waits for another")
        let given = try tune(twoThreads + ["--openmp-wait", "passive"], noChoice)
        given.expect(0, "--openmp-wait passive was given")
        #expect(given.output.hasPrefix("model: ") && given.output.contains("\nopenmp-wait: passive\n"))
        // Two processes are too many for a cap that holds one.
        let arguments = base + twoThreads
        let smallest = try SmallestCap(scratch, arguments)
        let ended = try scratch.run(arguments + smallest.option + ["--seconds", "10"], environment: noChoice)
        try smallest.requireKept(ended)
        ended.expect(0, "does not fit under the cap", "beside this one, which holds")
        #expect(!ended.output.contains("openmp-wait:"))
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func `a signal leaves no process and no file behind`(_ signal: Int32) throws {
        let process = try scratch.start(
            base + twoThreads + ["--seconds", "45", "--out", "tuned.yaml", "--quiet"], output: .nullDevice,
            environment: noChoice)
        try process.run()
        var children: [Int32] = []
        while process.isRunning, children.isEmpty {
            usleep(1000)
            children = Self.children(of: process.processIdentifier).filter { Self.waiting(of: $0) != nil }
        }
        let child = try #require(children.first)
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationReason == (signal == SIGKILL ? .uncaughtSignal : .exit))
        #expect(process.terminationStatus == (signal == SIGKILL ? SIGKILL : 75))
        // The kernel kills the child of one that was killed, a moment later.
        for _ in 0..<5000 where Self.waiting(of: child) != nil { usleep(1000) }
        #expect(Self.waiting(of: child) == nil)
        #expect(try scratch.names.isEmpty)
    }

    /// The processes that a process has started.
    private static func children(of process: Int32) -> [Int32] {
        let text = try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
        return (text ?? "").split(separator: " ").compactMap { Int32($0) }
    }

    /// How a process that measures a piece was told to wait; nil for any other, and for none.
    private static func waiting(of process: Int32) -> String? {
        let words = { (name: String) in
            ((try? Data(contentsOf: URL(filePath: "/proc/\(process)/\(name)"))) ?? Data()).split(separator: 0)
                .map { String(decoding: $0, as: UTF8.self) }
        }
        guard words("cmdline").contains("tune-piece") else { return nil }
        return words("environ").first { $0.hasPrefix("GOMP_SPINCOUNT=") || $0.hasPrefix("OMP_WAIT_POLICY=") }
    }

    private static func residentBytes(_ process: Int32) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
