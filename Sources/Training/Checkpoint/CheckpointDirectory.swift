import Glibc
import Memory

/// The directory of a run's checkpoints: `checkpoint-000000012.safetensors`, numbered in the order of writing.
///
/// One process at a time may hold it.
final class CheckpointDirectory {
    let path: String
    private let descriptor: Int32

    private static let prefix = "checkpoint-"
    private static let suffix = ".safetensors"
    private static let digits = 9

    /// Makes the directory where it is not there, and locks it. What a killed process left half-written is removed.
    init(_ path: String) throws(OutputError) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        for place in path.indices.dropFirst().filter({ path[$0] == "/" }).map({ String(path[..<$0]) }) + [path]
        where mkdir(place, 0o777) != 0 && errno != EEXIST {
            throw OutputError(path: place, stage: .create, code: errno)
        }
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputError(path: path, stage: .create, code: errno) }
        guard access(path, W_OK | X_OK) == 0 else { throw OutputError(path: path, stage: .create, code: errno) }
        guard Self.lock(descriptor) else {
            throw OutputError(
                path: path, stage: .create, code: EWOULDBLOCK, reason: "another process keeps its checkpoints there")
        }
        for name in try names() where name.hasPrefix(".\(Self.prefix)") { unlink("\(path)/\(name)") }
    }

    deinit { close(descriptor) }

    // A child that another thread has just forked, or a process that is just ending, holds the lock some milliseconds
    // longer. File systems that know no locks of directories say so, and then nobody is kept out.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<100 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK || errno == EINTR else { return true }
            usleep(20_000)
        }
        return false
    }

    private func names() throws(OutputError) -> [String] {
        guard let directory = opendir(path) else { throw OutputError(path: path, stage: .create, code: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }

    /// The numbers of the checkpoints that are there, the newest first.
    func numbers() throws(OutputError) -> [Int] {
        try names().compactMap { name in
            guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.suffix) else { return nil }
            return Int(name.dropFirst(Self.prefix.count).dropLast(Self.suffix.count))
        }.sorted(by: >)
    }

    /// Where the checkpoint of a number is.
    func file(_ number: Int) -> String {
        let digits = String(number)
        let zeros = String(repeating: "0", count: max(0, Self.digits - digits.count))
        return "\(path)/\(Self.prefix)\(zeros)\(digits)\(Self.suffix)"
    }

    /// Removes all but the newest ones. Those that are `damaged` do not count among these.
    func prune(keep: Int, damaged: Set<Int>) throws(OutputError) {
        var whole = 0
        for number in try numbers() {
            if whole >= keep {
                unlink(file(number))
            } else if !damaged.contains(number) {
                whole += 1
            }
        }
    }
}
