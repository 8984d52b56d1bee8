internal import Glibc
internal import Memory

/// The report of rows that were left out: a line of text each, with file, place and reason.
///
/// Written as the rows are handed out, so that its length at a row is known and a resumed conversion goes on from there.
final class RejectionReport {
    static let fileName = "rejected.txt"

    /// Bytes and lines so far.
    private(set) var byteCount: Int
    private(set) var rowCount: Int

    private static let mostShown = 5

    private let path: String
    private var descriptor: Int32 = -1

    /// A report that goes on behind `byteCount` bytes and `rowCount` lines of an earlier run.
    init(directory: String, byteCount: Int, rowCount: Int) throws {
        path = "\(directory)/\(Self.fileName)"
        self.byteCount = byteCount
        self.rowCount = rowCount
        guard byteCount > 0 else {
            unlink(path)
            return
        }
        try open()
        guard ftruncate(descriptor, byteCount) == 0, lseek(descriptor, 0, SEEK_END) == byteCount else {
            throw OutputError(path: path, stage: .write, code: errno)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds rows.
    func add(_ rejected: [RejectedRow]) throws {
        guard !rejected.isEmpty else { return }
        if descriptor < 0 { try open() }
        // One line a row, whatever a reason says.
        let lines = rejected.map { $0.description.replacing("\n", with: "\\n") + "\n" }
        let text = Array(lines.joined().utf8)
        var done = 0
        while done < text.count {
            let count = text.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw OutputError(path: path, stage: .write, code: count == 0 ? ENOSPC : errno) }
            done += count
        }
        byteCount += text.count
        rowCount += rejected.count
    }

    /// Has the lines so far on the disk before a record refers to them.
    func sync() throws {
        guard descriptor >= 0 else { return }
        guard fdatasync(descriptor) == 0 else { throw OutputError(path: path, stage: .write, code: errno) }
    }

    /// How many rows the report in a directory lists, and the first few of them.
    static func lines(in directory: String) throws -> (count: Int, first: [String]) {
        guard let file = fopen("\(directory)/\(fileName)", "r") else { return (0, []) }
        defer { fclose(file) }
        var (count, first): (Int, [String]) = (0, [])
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line {
            count += 1
            if first.count < mostShown { first.append(String(String(cString: text).dropLast())) }
        }
        return (count, first)
    }

    private func open() throws {
        descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw OutputError(path: path, stage: .create, code: errno) }
    }
}
