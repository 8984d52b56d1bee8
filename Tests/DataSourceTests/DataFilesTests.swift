import DataSource
import Foundation
import Testing

/// A directory with empty files, removed with its owner.
private final class Directory {
    let path = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)").path

    init(_ names: [String]) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        for name in names { _ = FileManager.default.createFile(atPath: path + "/" + name, contents: nil) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The names of the files that patterns mean.
    func expand(_ patterns: String...) throws(DataError) -> [String] {
        try DataFiles.expand(patterns.map { path + "/" + $0 }).map { String($0.dropFirst(path.count + 1)) }
    }
}

@Suite struct DataFilesTests {
    @Test func `patterns give their files in the order of bytes, arguments in their own`() throws {
        let directory = try Directory(["b.h5", "a10.h5", "a9.h5", "a1.h5", "B.h5", "é.h5", "a.txt", ".hidden.h5"])
        #expect(try directory.expand("a*.h5") == ["a1.h5", "a10.h5", "a9.h5"])
        #expect(try directory.expand("*.h5") == ["B.h5", "a1.h5", "a10.h5", "a9.h5", "b.h5", "é.h5"])
        #expect(try directory.expand("b.h5", "a?.h5") == ["b.h5", "a1.h5", "a9.h5"])
        #expect(try directory.expand("[Bb].h5") == ["B.h5", "b.h5"])
    }

    @Test func `a path that exists is that file, whatever characters it has`() throws {
        let directory = try Directory(["a[1].h5", "a1.h5", "what?.h5"])
        #expect(try directory.expand("a[1].h5") == ["a[1].h5"])
        #expect(try directory.expand("what?.h5") == ["what?.h5"])
    }

    @Test func `what is missing, doubled or a directory is an error that says so`() throws {
        let directory = try Directory(["a.h5", "b.h5"])
        try FileManager.default.createDirectory(atPath: directory.path + "/sub", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/link.h5", withDestinationPath: directory.path + "/a.h5")
        for (patterns, kind, text) in [
            (["absent.h5"], .fileUnavailable, "no such file"), (["x*.h5"], .fileUnavailable, "matches no file"),
            (["sub"], .invalid, "sub/*.h5"), (["a.h5", "*.h5"], .usage, "found it again"),
            (["a.h5", "link.h5"], .usage, "a.h5; its rows would count twice"),
        ] as [([String], DataError.Kind, String)] {
            let error = #expect(throws: DataError.self) {
                try DataFiles.expand(patterns.map { directory.path + "/" + $0 })
            }
            #expect(error?.kind == kind && error?.message.contains(text) == true, "\(error.map { "\($0)" } ?? "")")
        }
        #expect(throws: DataError.self) { try DataFiles.expand([]) }
    }
}
