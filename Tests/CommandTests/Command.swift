import Foundation
import Testing

/// How a run of the command ended.
struct Ended {
    let status: Int32
    let output: String
    let errors: String

    /// Expects an exit status, and fragments of the message.
    func expect(_ status: Int32, _ fragments: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(self.status == status, "\(errors)", sourceLocation: sourceLocation)
        for fragment in fragments {
            #expect(errors.contains(fragment), "\(errors)", sourceLocation: sourceLocation)
        }
    }
}

/// A fresh directory in which the built command runs; removed with its owner.
final class Scratch {
    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appending(path: name).path }

    /// Everything in the directory, hidden files too.
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() } }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: directory.appending(path: name)) }

    func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }
    func write(_ name: String, _ bytes: Data) throws { try bytes.write(to: directory.appending(path: name)) }

    /// Starts the command in this directory.
    ///
    /// - Parameter environment: variables that it has besides ours; nil takes one of ours away.
    func start(
        _ arguments: [String], output: FileHandle, environment: [String: String?] = [:]
    ) throws -> Process {
        let process = Process()
        process.executableURL = try Self.executable
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }
        process.environment = variables
        return process
    }

    /// Runs the command to its end. `output` replaces standard output by another file.
    func millrace(_ arguments: String..., output: String? = nil) throws -> Ended {
        try run(arguments, output: output)
    }

    /// Runs the command to its end, in a memory cgroup on request.
    func run(
        _ arguments: [String], output: String? = nil, in group: MemoryGroup? = nil, environment: [String: String?] = [:]
    ) throws -> Ended {
        // Files beside the directory rather than pipes: nobody has to read them while the command runs.
        let printed = Captured(), complaints = Captured()
        let process = try start(arguments, output: complaints.handle, environment: environment)
        if let group {
            let entering = group.entering(try Self.commandPath, arguments)
            process.executableURL = URL(filePath: entering.program)
            process.arguments = entering.arguments
        }
        process.standardOutput = try output.map { try FileHandle(forWritingTo: URL(filePath: $0)) } ?? printed.handle
        try process.run()
        process.waitUntilExit()
        let status = process.terminationStatus
        return Ended(
            status: process.terminationReason == .exit ? status : -status, output: printed.text,
            errors: complaints.text)
    }

    /// Where the command is.
    static var commandPath: String { get throws { try executable.path } }

    /// The command, in the build directory above the test bundle.
    private static var executable: URL {
        get throws {
            var candidates = [URL(filePath: CommandLine.arguments[0]), Bundle.main.bundleURL]
            candidates += Bundle.allBundles.map(\.bundleURL)
            for candidate in candidates {
                var directory = candidate.standardizedFileURL.deletingLastPathComponent()
                while directory.path != "/" {
                    let file = directory.appending(path: "millrace")
                    var isDirectory: ObjCBool = false
                    if FileManager.default.fileExists(atPath: file.path, isDirectory: &isDirectory),
                        !isDirectory.boolValue
                    {
                        return file
                    }
                    directory.deleteLastPathComponent()
                }
            }
            throw NotBuilt()
        }
    }

    private struct NotBuilt: Error, CustomStringConvertible {
        let description = "the command millrace is not beside the test bundle; run swift build first"
    }
}

/// Takes away what whoever runs the tests has chosen of how threads wait.
let noChoice: [String: String?] = ["GOMP_SPINCOUNT": nil, "OMP_WAIT_POLICY": nil, "MILLRACE_OPENMP_WAIT": nil]

/// A file that collects what a process prints.
private final class Captured {
    private let url = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString).txt")
    let handle: FileHandle

    init() {
        _ = FileManager.default.createFile(atPath: url.path, contents: nil)
        handle = try! FileHandle(forWritingTo: url)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    var text: String { String(decoding: (try? Data(contentsOf: url)) ?? Data(), as: UTF8.self) }
}

/// The files of `fixtures/` that the command's tests use.
enum Fixture {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "fixtures")

    static let mlp = path("digits-mlp.keras")
    static let convnet = path("digits-convnet.keras")
    static let train = path("digits-train.h5")
    static let test = path("digits-test.h5")
    /// Takes rows of six numbers, as the files of `fixtures/hdf5` have them.
    static let dense = path("models/functional-dense.keras")

    static func path(_ name: String) -> String { directory.appending(path: name).path }
    static func bytes(_ name: String) throws -> Data { try Data(contentsOf: directory.appending(path: name)) }
}
