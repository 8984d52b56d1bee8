import Foundation

/// A memory cgroup of a limit, in which commands run: the kernel ends what needs more. Removed with its owner.
///
/// It lies inside the group of this process where the kernel allows that (version 1), else beside it (version 2, where a
/// group that holds processes has no groups below it that limit memory).
final class MemoryGroup {
    private let path: String
    private let isUnified: Bool

    /// Whether this machine has a memory controller in which this process may make groups.
    static let isPossible = (try? MemoryGroup(limit: 64 << 20)) != nil

    struct NotPossible: Error {}

    init(limit: Int) throws {
        let own = Self.ownGroups
        let name = "millrace-\(UUID().uuidString)"
        if let group = own["memory"] {
            isUnified = false
            path = "/sys/fs/cgroup/memory\(group == "/" ? "" : group)/\(name)"
        } else if let group = own[""] {
            isUnified = true
            let parent = group.split(separator: "/").dropLast().map { "/\($0)" }.joined()
            path = "/sys/fs/cgroup\(parent)/\(name)"
        } else {
            throw NotPossible()
        }
        guard mkdir(path, 0o755) == 0 else { throw NotPossible() }
        do {
            if isUnified {
                try write("\(limit)", "memory.max")
                try? write("0", "memory.swap.max")
            } else {
                try write("\(limit)", "memory.limit_in_bytes")
                // A kernel may not count swap.
                try? write("\(limit)", "memory.memsw.limit_in_bytes")
            }
        } catch {
            rmdir(path)
            throw error
        }
    }

    deinit {
        // A process that has just ended may still be in the list.
        for _ in 0..<100 where rmdir(path) != 0 && errno == EBUSY { usleep(10_000) }
    }

    /// The groups of this process by their controllers; that of the unified hierarchy has no name.
    private static var ownGroups: [String: String] {
        let text = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        var groups: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            for controller in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                groups[String(controller)] = parts[2]
            }
        }
        return groups
    }

    /// Opens an existing file of the group: the system makes none there.
    private func write(_ text: String, _ file: String) throws {
        guard let handle = FileHandle(forWritingAtPath: "\(path)/\(file)") else { throw NotPossible() }
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    /// How often the kernel ended a process for the limit.
    var kills: Int {
        let file = isUnified ? "memory.events" : "memory.oom_control"
        let text = (try? String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)) ?? ""
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("oom_kill ") }) else { return 0 }
        return Int(line.dropFirst(9)) ?? 0
    }

    /// A program and its arguments, as a shell that enters the group and becomes that program.
    func entering(_ program: String, _ arguments: [String]) -> (program: String, arguments: [String]) {
        let script = "echo $$ > \"$0/cgroup.procs\" && exec \"$@\""
        return ("/bin/sh", ["-c", script, path, program] + arguments)
    }
}
