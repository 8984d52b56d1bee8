import Files
import Glibc
import Synchronization
import Testing

/// System calls that fail as a test wants, and what was asked of them.
final class ScriptedCalls: Sendable {
    struct State {
        /// Error numbers of the next reads; 0 lets one through.
        var errors: [Int32]
        var reads = 0
        var pauses: [Int] = []
    }

    let state: Mutex<State>

    init(errors: [Int32] = []) { state = Mutex(State(errors: errors)) }

    var calls: FileCalls {
        var calls = FileCalls.system
        calls.read = { descriptor, memory, count, offset in
            let code = self.state.withLock { state -> Int32 in
                state.reads += 1
                return state.errors.isEmpty ? 0 : state.errors.removeFirst()
            }
            return code == 0 ? FileCalls.system.read(descriptor, memory, count, offset) : -Int(code)
        }
        calls.pause = { milliseconds in self.state.withLock { $0.pauses.append(milliseconds) } }
        return calls
    }

    var reads: Int { state.withLock { $0.reads } }
    var pauses: [Int] { state.withLock { $0.pauses } }
}

@Suite struct FileBytesTests {
    private static let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) }

    private func read(_ bytes: FileBytes, _ range: Range<Int>) throws(FileError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: range.count)
        var failure: FileError?
        buffer.withUnsafeMutableBytes { memory in
            do throws(FileError) { try bytes.read(at: range.lowerBound, into: memory) } catch { failure = error }
        }
        if let failure { throw failure }
        return buffer
    }

    @Test(arguments: [[EIO], [ESTALE, EIO, ETIMEDOUT], [EAGAIN, ENOMEM], [ENETDOWN]])
    func `an error that passes is tried again`(errors: [Int32]) throws {
        let file = try TemporaryFile(Self.content)
        let script = ScriptedCalls(errors: errors)
        let bytes = try FileBytes(path: file.path, calls: script.calls)
        #expect(try read(bytes, 100..<5000) == Array(Self.content[100..<5000]))
        #expect(bytes.retryCount == errors.count)
        #expect(script.pauses == Array([20, 100, 500].prefix(errors.count)))
    }

    @Test func `an error that stays is named after four attempts`() throws {
        let file = try TemporaryFile(Self.content)
        let script = ScriptedCalls(errors: [EIO, EIO, EIO, EIO])
        let bytes = try FileBytes(path: file.path, calls: script.calls)
        let error = #expect(throws: FileError.self) { try read(bytes, 100..<300) }
        #expect(error?.kind == .readFailed)
        #expect(error?.message == "reading 200 bytes at offset 100 failed: Input/output error, tried 4 times")
        #expect(bytes.retryCount == 3)
    }

    @Test(arguments: [EBADF, EFAULT, EISDIR]) func `an error that cannot pass is thrown at once`(code: Int32) throws {
        let file = try TemporaryFile(Self.content)
        let script = ScriptedCalls(errors: [code])
        let bytes = try FileBytes(path: file.path, calls: script.calls)
        #expect(throws: FileError.self) { try read(bytes, 0..<10) }
        #expect(script.reads == 1 && script.pauses.isEmpty && bytes.retryCount == 0)
    }

    @Test func `an interrupted read goes on without a pause`() throws {
        let file = try TemporaryFile(Self.content)
        let script = ScriptedCalls(errors: Array(repeating: EINTR, count: 10))
        let bytes = try FileBytes(path: file.path, calls: script.calls)
        #expect(try read(bytes, 0..<10_000) == Self.content)
        #expect(script.reads == 11 && script.pauses.isEmpty && bytes.retryCount == 0)
    }

    @Test func `a file that only was read has not changed`() throws {
        let file = try TemporaryFile(Self.content)
        let bytes = try FileBytes(path: file.path)
        _ = try read(bytes, 0..<10_000)
        _ = try Bytes.read(file.path)
        // Sets the time of the last access to 1970, and leaves that of the last change (UTIME_OMIT).
        let times = [timespec(tv_sec: 0, tv_nsec: 0), timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2)]
        #expect(utimensat(AT_FDCWD, file.path, times, 0) == 0)
        try bytes.checkUnchanged()
    }

    @Test func `what changed is said`() throws {
        let file = try TemporaryFile(Self.content)
        let bytes = try FileBytes(path: file.path)
        truncate(file.path, 600)
        let shrunk = #expect(throws: FileError.self) { try bytes.checkUnchanged() }
        #expect(shrunk?.kind == .changed)
        #expect(shrunk?.message.contains("it had 10000 bytes when it was opened and has 600 now") == true)

        let again = try FileBytes(path: file.path)
        let times = [timespec(tv_sec: 86_400, tv_nsec: 0), timespec(tv_sec: 86_400, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, file.path, times, 0) == 0)
        let touched = #expect(throws: FileError.self) { try again.checkUnchanged() }
        #expect(touched?.message.contains("it was modified at 1970-01-02 00:00:00 UTC") == true)
        #expect(touched?.message.contains("bytes when it was opened") == false)
    }
}
