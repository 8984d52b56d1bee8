import Memory
import Testing

@Suite struct MemoryLimitTests {
    private func limits(_ groups: String, _ files: [String: String]) -> [Int] {
        MemoryLimit.limits(groups: groups) { files[$0] }.sorted()
    }

    @Test func `groups of both versions and those above them count`() {
        #expect(
            limits(
                "0::/jobs/17\n",
                [
                    "/sys/fs/cgroup/jobs/17/memory.max": "max\n", "/sys/fs/cgroup/jobs/memory.max": "1073741824\n",
                ]) == [1 << 30])
        #expect(
            limits(
                "9:name=systemd:/\n4:cpu,memory:/a\n0::/\n",
                [
                    "/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "536870912\n",
                    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                ]) == [512 << 20, 9_223_372_036_854_771_712])
        // A path of the host: the container sees its own group as the root.
        #expect(limits("0::/docker/ab\n", ["/sys/fs/cgroup/memory.max": "268435456\n"]) == [256 << 20])
        #expect(limits("nonsense\n3:cpu:/\n", [:]).isEmpty)
    }

    @Test func `this machine leaves something`() {
        #expect(MemoryLimit.bytes > 1 << 20 && MemoryLimit.bytes <= ProcessMemory.physicalBytes)
    }
}
