import Foundation
import Memory
import Testing

@Suite final class AtomicOutputTests {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private func path(_ name: String) -> String { directory.appending(path: name).path }
    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() }
    }

    private func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }
    private func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func `a committed file has the new content and nothing else is left`() throws {
        try write("old", to: path("out"))
        var output = try AtomicOutput(path: path("out"))
        try write("new", to: output.temporaryPath)
        #expect(try read(path("out")) == "old")
        try output.commit()
        #expect(try read(path("out")) == "new")
        #expect(try names == ["out"])
    }

    @Test func `without a commit the old file stays and nothing else is left`() throws {
        try write("old", to: path("out"))
        do {
            let output = try AtomicOutput(path: path("out"))
            try write("new", to: output.temporaryPath)
        }
        #expect(try read(path("out")) == "old")
        #expect(try names == ["out"])
    }

    @Test func `a link is followed`() throws {
        try write("old", to: path("real"))
        try FileManager.default.createSymbolicLink(atPath: path("link"), withDestinationPath: path("real"))
        var output = try AtomicOutput(path: path("link"))
        try write("new", to: output.temporaryPath)
        try output.commit()
        #expect(try read(path("real")) == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("link")) == path("real"))
    }

    @Test func `devices, pipes, directories and missing directories are refused`() throws {
        mkfifo(path("pipe"), 0o600)
        for target in ["/dev/null", path("pipe"), directory.path, path("none/out")] {
            let error = #expect(throws: OutputError.self) { _ = try AtomicOutput(path: target) }
            #expect(error?.stage == .create)
        }
        #expect(try names == ["pipe"])
    }
}
