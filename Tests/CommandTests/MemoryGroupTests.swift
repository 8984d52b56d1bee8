import Foundation
import Testing

/// Runs in a memory cgroup of exactly their cap, without swap: the page cache counts there, too.
@Suite(
    .enabled(
        if: MemoryGroup.isPossible, "this machine has no memory controller in which this user may make cgroups"))
struct MemoryGroupTests {
    @Test(arguments: ["train", "evaluate", "predict"])
    func `a group of the smallest cap holds the run`(_ command: String) throws {
        let scratch = try Scratch()
        let arguments =
            [command, "--model", Fixture.convnet, "--data", Fixture.train]
            + (command == "train"
                ? ["--epochs", "2", "--validation-split", "0.2", "--checkpoint", "state", "--out", "out.keras"] : [])
            + (command == "predict" ? ["--out", "out.h5"] : [])
        let smallest = try SmallestCap(scratch, arguments)
        let group = try MemoryGroup(limit: smallest.bytes)
        try smallest.requireKept(try scratch.run(arguments + smallest.option, in: group))
        #expect(group.kills == 0)
    }

    @Test func `a group ends what needs more than its limit`() throws {
        // Else the other test would say nothing.
        let scratch = try Scratch()
        let group = try MemoryGroup(limit: 6 << 20)
        let ended = try scratch.run(
            [
                "train", "--model", Fixture.convnet, "--data", Fixture.train, "--epochs", "2", "--memory", "256MiB",
                "--quiet",
            ],
            in: group)
        #expect(ended.status == -SIGKILL && group.kills > 0, "\(ended)")
    }
}
