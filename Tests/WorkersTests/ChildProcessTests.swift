import Foundation
import Testing
import Workers

@Suite struct ChildProcessTests {
    private let shell = "/bin/sh"

    private func run(
        _ script: String, environment: [String] = ["PATH=/usr/bin:/bin"]
    ) throws -> ChildProcess.End {
        let child = try ChildProcess(shell, ["-c", script], environment: environment)
        return try child.end(within: 60) { false }
    }

    /// Whether the process whose number a file holds is there.
    private func isAlive(_ file: URL) throws -> Bool {
        let number = try #require(Int32(String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .newlines)))
        return kill(number, 0) == 0
    }

    /// A script that writes its number into a file and then waits for long.
    private func sleeper() -> (script: String, file: URL) {
        let file = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
        return ("echo $$ > \(file.path).new; mv \(file.path).new \(file.path); exec sleep 1000", file)
    }

    @Test func `output, errors and status of a child come back`() throws {
        let end = try run("echo one; echo two >&2; exit 3")
        #expect(end.status == 3 && end.output == "one\ntwo\n")
        #expect(try run("kill -KILL $$").status == 128 + SIGKILL)
        #expect(try run("cat").status == 0, "it has nothing to read")
        // More than is kept, and than a pipe holds.
        let much = try run("head -c 300000 /dev/zero | tr '\\0' x")
        #expect(much.status == 0 && much.output == String(repeating: "x", count: 64 << 10))
    }

    @Test func `a child has the environment that it is given and no other`() throws {
        #expect(try run("echo $ONLY$HOME", environment: ["ONLY=this"]).output == "this\n")
    }

    @Test func `a child that is stopped or takes too long is killed`() throws {
        for isStopped in [true, false] {
            let (script, file) = sleeper()
            defer { try? FileManager.default.removeItem(at: file) }
            let child = try ChildProcess(shell, ["-c", script], environment: ["PATH=/usr/bin:/bin"])
            while !FileManager.default.fileExists(atPath: file.path) { usleep(1000) }
            #expect(try isAlive(file))
            do throws(ChildProcess.Failure) {
                _ = try child.end(within: isStopped ? 60 : 0.05) { isStopped }
                Issue.record("it was waited for")
            } catch {
                #expect(error == (isStopped ? .stopped : .tookTooLong))
            }
            #expect(try !isAlive(file))
        }
    }

    @Test func `a child that nobody waits for goes with its owner`() throws {
        let (script, file) = sleeper()
        defer { try? FileManager.default.removeItem(at: file) }
        do {
            let child = try ChildProcess(shell, ["-c", script], environment: ["PATH=/usr/bin:/bin"])
            while !FileManager.default.fileExists(atPath: file.path) { usleep(1000) }
            _ = child
        }
        #expect(try !isAlive(file))
    }

    @Test func `a program that is not there is refused`() {
        #expect(throws: ChildProcess.Failure.refused(ENOENT)) {
            _ = try ChildProcess("/nowhere/program", [], environment: [])
        }
    }

    @Test(arguments: OpenMPWaiting.allCases)
    func `the environment of a new start names one way of waiting`(_ waiting: OpenMPWaiting) {
        let names = ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "MILLRACE_OPENMP_WAIT"]
        let chosen = waiting.environment.filter { entry in names.contains { entry.hasPrefix("\($0)=") } }
        #expect(chosen == [waiting.text, "MILLRACE_OPENMP_WAIT=\(waiting.rawValue)"])
        let others = Set(waiting.environment).subtracting(chosen)
        #expect(others.contains { $0.hasPrefix("PATH=") })
    }
}
