import Foundation
import JSONText

/// One case in a process of its own, so that none inherits another's memory, threads or caches.
enum ChildRun {
    /// Runs this program with other arguments. Returns the JSON line that it prints last.
    static func ours(_ arguments: [String]) throws -> JSONValue {
        try run(URL(filePath: "/proc/self/exe").resolvingSymlinksInPath(), arguments)
    }

    /// Runs a script. Returns the JSON line that it prints last.
    static func script(_ python: String, _ arguments: [String]) throws -> JSONValue {
        try run(URL(filePath: "/usr/bin/env"), [python] + arguments)
    }

    private static func run(_ program: URL, _ arguments: [String]) throws -> JSONValue {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        // A file: a second pipe would have to be read at the same time.
        let log = FileManager.default.temporaryDirectory.appending(path: "millrace-benchmark-\(UUID().uuidString).log")
        try Data().write(to: log)
        defer { try? FileManager.default.removeItem(at: log) }
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let last = lastLine(text) else {
            let reason = (try? Data(contentsOf: log)).flatMap(lastLine) ?? Array("no message".utf8)
            throw CaseFailure(
                "exit status \(process.terminationStatus): \(String(decoding: reason, as: UTF8.self))")
        }
        return try JSONValue(parsing: last)
    }

    private static func lastLine(_ text: Data) -> [UInt8]? {
        text.split(separator: UInt8(ascii: "\n")).last.map(Array.init)
    }
}
