import Glibc

/// What the machine and the cgroups that a process runs in leave it.
package enum MemoryLimit {
    /// Bytes that this process may hold: the machine's, or less where a cgroup says so.
    package static var bytes: Int {
        let groups = text(of: "/proc/self/cgroup") ?? ""
        return limits(groups: groups, read: text).reduce(ProcessMemory.physicalBytes, min)
    }

    /// The limits of all groups that hold the process, of both versions of cgroups.
    ///
    /// - Parameters:
    ///   - groups: the content of `/proc/self/cgroup`, lines `number:controllers:path`.
    ///   - read: the content of a file; nil when there is none.
    package static func limits(groups: String, read: (String) -> String?) -> [Int] {
        var result: [Int] = []
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let (root, file): (String, String)
            if fields[1].isEmpty {
                (root, file) = ("/sys/fs/cgroup", "memory.max")
            } else if fields[1].split(separator: ",").contains("memory") {
                (root, file) = ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            } else {
                continue
            }
            // A group is held down by those above it. In a container the path may be that of the host: the root is
            // the container's own group then.
            var path = fields[2] == "/" ? "" : String(fields[2])
            while true {
                let content = read("\(root)\(path)/\(file)")
                if let bytes = content.flatMap({ Int($0.prefix { $0.isNumber }) }), bytes > 0 { result.append(bytes) }
                guard let slash = path.lastIndex(of: "/") else { break }
                path = String(path[..<slash])
            }
        }
        return result
    }

    private static func text(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            String(decoding: buffer[..<fread(buffer.baseAddress, 1, buffer.count, file)], as: UTF8.self)
        }
    }
}
