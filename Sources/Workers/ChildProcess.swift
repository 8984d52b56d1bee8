import CKernels
import Glibc

/// Another process that is started, listened to and waited for.
///
/// Nothing is left behind: a child that nobody has waited for is killed with its owner, and one that calls
/// `endWithParent` dies with this process, whatever ends it.
package struct ChildProcess: ~Copyable {
    private let identifier: pid_t
    /// Its standard output and error.
    private let output: Int32
    /// Whether it was waited for.
    private var isEnded = false
    private static let pollMilliseconds: Int32 = 20
    /// Of more output than this, the last is kept.
    private static let mostOutput = 64 << 10

    /// How a child ended.
    package struct End: Sendable {
        /// The exit status, or 128 and the signal.
        package let status: Int32
        /// What it printed, errors included.
        package let output: String
    }

    /// A child was not started, or not waited for.
    package enum Failure: Error, Equatable {
        /// The system's error.
        case refused(Int32)
        case stopped
        case tookTooLong
    }

    /// Starts a program. It reads nothing, and what it prints is collected.
    ///
    /// - Parameters:
    ///   - arguments: those behind the program's name.
    ///   - environment: all of its environment, as `NAME=value`.
    package init(_ program: String, _ arguments: [String], environment: [String]) throws(Failure) {
        var ends: [Int32] = [0, 0]
        // A child that held a descriptor of ours would hide another's end.
        guard millrace_pipe(&ends) == 0 else { throw .refused(errno) }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, nil, &words, &variables)
        close(ends[1])
        guard code == 0 else {
            close(ends[0])
            throw .refused(code)
        }
        (identifier, output) = (process, ends[0])
    }

    deinit {
        close(output)
        guard !isEnded else { return }
        kill(identifier, SIGKILL)
        while waitpid(identifier, nil, 0) < 0, errno == EINTR {}
    }

    /// Waits until it has ended by itself. Else it is killed.
    ///
    /// - Parameters:
    ///   - seconds: the time that it has.
    ///   - isStopped: whether to end it at once: asked for fifty times a second.
    package consuming func end(within seconds: Double, isStopped: () -> Bool) throws(Failure) -> End {
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        let text = try collect(until: deadline, isStopped)
        var status: Int32 = 0
        while true {
            let ended = waitpid(identifier, &status, WNOHANG)
            isEnded = ended == identifier
            if isEnded { break }
            let code = errno
            guard ended == 0 || code == EINTR else {
                // Somebody else has waited for it: its number may be another process's by now.
                isEnded = true
                throw .refused(code)
            }
            if isStopped() { throw .stopped }
            guard ContinuousClock.now < deadline else { throw .tookTooLong }
            usleep(1000)
        }
        let signal = status & 0x7f
        return End(status: signal == 0 ? status >> 8 & 0xff : 128 + signal, output: text)
    }

    /// What it prints until it closes its output.
    private func collect(
        until deadline: ContinuousClock.Instant, _ isStopped: () -> Bool
    ) throws(Failure) -> String {
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            if isStopped() { throw .stopped }
            guard ContinuousClock.now < deadline else { throw .tookTooLong }
            var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, Self.pollMilliseconds) > 0 else { continue }
            let count = read(output, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            text += piece[..<count]
            text.removeFirst(max(0, text.count - Self.mostOutput))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// This process, for children that end with it.
    package static var own: Int32 { getpid() }

    /// Has the kernel kill this process when its parent ends; ends it at once when that has happened already.
    ///
    /// - Parameter parent: the process that started this one.
    package static func endWithParent(_ parent: Int32) {
        millrace_end_with_parent()
        if getppid() != parent { _exit(1) }
    }
}
