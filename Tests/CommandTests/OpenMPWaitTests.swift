import Foundation
import Testing

/// `--openmp-wait`: what the process that computes is started with.
@Suite struct OpenMPWaitTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private let train = ["train", "--model", Fixture.mlp, "--data", Fixture.train, "--log", "log.jsonl"]

    /// What the log's first line says of a run.
    private func logged() throws -> String? {
        try #require(try LogFile(scratch, "log.jsonl").events("plan").first)["openmp_wait"] as? String
    }

    @Test func `the option, the file and the default reach the process that computes`() throws {
        try scratch.run(train, environment: noChoice).expect(0)
        #expect(try logged() == "bounded")
        for waiting in ["passive", "active", "bounded"] {
            try scratch.run(train + ["--openmp-wait", waiting, "--quiet"], environment: noChoice).expect(0)
            #expect(try logged() == waiting)
        }
        try scratch.write("run.yaml", "openmp-wait: passive\nbatch-size: 64\n")
        try scratch.run(train + ["--config", "run.yaml"], environment: noChoice).expect(0)
        #expect(try logged() == "passive")
        try scratch.run(train + ["--config", "run.yaml", "--openmp-wait=active"], environment: noChoice).expect(0)
        #expect(try logged() == "active")
    }

    @Test func `the environment wins, and that is said`() throws {
        let given = noChoice.merging(["GOMP_SPINCOUNT": "77"]) { $1 }
        let ended = try scratch.run(train + ["--openmp-wait", "passive"], environment: given)
        ended.expect(0, "--openmp-wait passive has no effect", "GOMP_SPINCOUNT=77")
        #expect(try logged() == "GOMP_SPINCOUNT=77")
        #expect(try scratch.run(train, environment: given).errors.contains("no effect") == false)
        #expect(try logged() == "GOMP_SPINCOUNT=77")
        // The same choice in both is none that wins.
        let same = noChoice.merging(["OMP_WAIT_POLICY": "PASSIVE"]) { $1 }
        let agreed = try scratch.run(train + ["--openmp-wait", "passive"], environment: same)
        #expect(agreed.status == 0 && !agreed.errors.contains("no effect"))
        let quiet = try scratch.run(train + ["--openmp-wait", "active", "--quiet"], environment: same)
        #expect(quiet.status == 0 && quiet.errors.isEmpty)
    }

    @Test func `a mark without its variables starts no endless chain`() throws {
        for mark in ["active", "passive", "nonsense"] {
            let marked = noChoice.merging(["MILLRACE_OPENMP_WAIT": mark]) { $1 }
            try scratch.run(train + ["--openmp-wait", "passive"], environment: marked).expect(0)
            #expect(try logged() == "passive")
        }
        // That of another run, as its own children have it.
        let inherited = noChoice.merging(["MILLRACE_OPENMP_WAIT": "passive", "OMP_WAIT_POLICY": "passive"]) { $1 }
        try scratch.run(train, environment: inherited).expect(0)
        #expect(try logged() == "bounded")
    }

    @Test(arguments: ["train", "evaluate", "predict", "tune"])
    func `every command that computes takes it`(_ command: String) throws {
        let out = command == "evaluate" ? [] : ["--out", "out.\(command == "predict" ? "h5" : "keras")"]
        let options = [command, "--model", Fixture.mlp, "--data", Fixture.test] + out
        let seconds = command == "tune" ? ["--seconds", "0.1"] : []
        try scratch.run(options + seconds + ["--openmp-wait", "passive"], environment: noChoice).expect(0)
        try scratch.run(options + ["--openmp-wait", "sometimes"], environment: noChoice)
            .expect(64, "--openmp-wait", "sometimes")
    }
}
