import Foundation
import Testing

/// `millrace shard`.
@Suite struct ShardCommandTests {
    /// Digits, changed by chance, in many small shards; `--quiet` so that only errors are printed.
    private static let convert = [
        "shard", "convert", Fixture.train, "--repeat", "30", "--augment", "rotate=10", "shift=0.1", "--value-range",
        "0:16",
        "--shard-bytes", "256KiB", "--block-bytes", "16KiB", "--quiet", "--out", "d",
    ]

    private func contents(_ scratch: Scratch, _ directory: String = "d") throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path(directory))
        return Dictionary(
            uniqueKeysWithValues: try names.map { name in
                let path = "\(directory)/\(name)"
                var isDirectory: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: scratch.path(path), isDirectory: &isDirectory)
                return (name, isDirectory.boolValue ? Data() : try scratch.bytes(path))
            })
    }

    @Test func `converts, describes and verifies`() throws {
        let scratch = try Scratch()
        let converted = try scratch.millrace("shard", "convert", Fixture.train, "--out", "d", "--shuffle", "7")
        converted.expect(
            0, "d: 1437 rows in 1 shards", "measured χ²/df", "of 128 ranges of the input per 256 rows", "class counts",
            "peak memory")
        #expect(converted.output.isEmpty)
        let info = try scratch.millrace("shard", "info", "d")
        info.expect(0)
        for fragment in [
            "1437 rows", "images: uint8 (8, 8)", "10 different values", "permutation, seed 7", "window of",
            "of 128 ranges of the input per 256 rows",
        ] {
            #expect(info.output.contains(fragment), "\(info.output)")
        }
        let json = try scratch.millrace("shard", "info", "d", "--json")
        let object = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect((object["manifest"] as? [String: Any])?["rows"] as? Int == 1437)
        let verified = try scratch.millrace("shard", "verify", "d")
        verified.expect(0)
        #expect(verified.output.contains("1437 rows in 1 shards are whole"))
    }

    @Test func `the bytes depend neither on the workers nor on the memory`() throws {
        let scratch = try Scratch()
        try scratch.run(Self.convert + ["--workers", "1"]).expect(0)
        let first = try contents(scratch)
        #expect(first.count > 10)
        for options in [["--workers", "3"], ["--workers", "2", "--memory", "160MiB"]] {
            try scratch.run(Self.convert + options + ["--force"]).expect(0)
            #expect(try contents(scratch) == first, "\(options)")
        }
    }

    @Test(arguments: [[], ["--shuffle", "3"]])
    func `killed at any moment and resumed, the bytes are the same`(_ options: [String]) throws {
        let scratch = try Scratch()
        try scratch.run(Self.convert + options).expect(0)
        let whole = try contents(scratch)
        var random = SystemRandomNumberGenerator()
        var kills = 0
        while kills < 10 {
            try FileManager.default.removeItem(at: scratch.directory.appending(path: "d"))
            var status: Int32 = -1
            while status != 0 {
                let process = try scratch.start(Self.convert + options + ["--resume"], output: .nullDevice)
                try process.run()
                usleep(UInt32.random(in: 5000...400_000, using: &random))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                // A child that had ended already was not killed, although a signal can be sent to it.
                if process.terminationReason == .uncaughtSignal { kills += 1 }
                status = process.terminationReason == .exit ? process.terminationStatus : -1
                // Until the manifest is there nothing looks like a dataset; from then on it is one.
                let isWhole = FileManager.default.fileExists(atPath: scratch.path("d/manifest.json"))
                let info = try scratch.millrace("shard", "info", "d").status
                #expect(isWhole ? info == 0 : info == 65 || info == 66)
                if kills > 200 { break }
            }
            try scratch.run(Self.convert + options + ["--resume"]).expect(0)
            #expect(try contents(scratch) == whole)
        }
    }

    @Test func `killed while the shards get their places, nothing is left beside them`() throws {
        let scratch = try Scratch()
        try scratch.run(Self.convert).expect(0)
        let whole = try contents(scratch)
        for delay in 0..<25 {
            try FileManager.default.removeItem(at: scratch.directory.appending(path: "d"))
            let process = try scratch.start(Self.convert, output: .nullDevice)
            try process.run()
            let last = scratch.path("d/" + (whole.keys.filter { $0.hasPrefix("shard-") }.max() ?? ""))
            while process.isRunning, !FileManager.default.fileExists(atPath: last) { usleep(50) }
            usleep(UInt32(delay * 80))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            try scratch.run(Self.convert + ["--resume"]).expect(0)
            #expect(try contents(scratch) == whole, "killed \(delay * 80) µs after the last shard")
        }
    }

    @Test func `a signal stops a conversion, and it can be resumed`() throws {
        let scratch = try Scratch()
        let arguments = Self.convert + ["--repeat", "3000"]
        let process = try scratch.start(arguments, output: .nullDevice)
        try process.run()
        // Blocking: a task that gives way to other tests may come too late.
        while process.isRunning, !scratch.hasRecord { usleep(1000) }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 75)
        try scratch.run(arguments).expect(73, "unfinished conversion", "--resume", "--force")
        try scratch.run(arguments + ["--resume", "--level", "5"]).expect(65, "another one")
        try scratch.run(Self.convert + ["--force"]).expect(0)
    }

    @Test func `nothing is overwritten unless asked for`() throws {
        let scratch = try Scratch()
        try scratch.run(Self.convert).expect(0)
        let before = try contents(scratch)
        try scratch.run(Self.convert).expect(73, "d holds a dataset", "--force")
        #expect(try contents(scratch) == before)
    }

    @Test func `wrong requests`() throws {
        let scratch = try Scratch()
        try scratch.millrace("shard", "convert", "none.h5", "--out", "d").expect(66, "none.h5")
        try scratch.millrace("shard", "convert", Fixture.train, "--out", "d", "--memory", "8MiB")
            .expect(78, "smallest cap that works")
        try scratch.millrace("shard", "convert", Fixture.train, "--out", "d", "--level", "99").expect(
            64, "--level is 99")
        try scratch.millrace("shard", "convert", Fixture.train, "--out", "d", "--augment", "wobble=1").expect(
            64, "wobble")
        try scratch.millrace("shard", "convert", Fixture.train, "--out", "d", "--x", "nothing").expect(65, "nothing")
        try scratch.write("notes.md", "# Notes")
        try scratch.millrace("shard", "convert", "notes.md", "--out", "d").expect(65, "notes.md", "Accepted are")
        try scratch.millrace("shard", "info", "d").expect(66, "d")
        try scratch.millrace("shard", "verify", "notes.md").expect(65, "notes.md")
        #expect(try scratch.names == ["notes.md"])
    }

    @Test func `bad rows end a conversion, or are left out and reported`() throws {
        let scratch = try Scratch()
        try scratch.write("t.csv", "a,b,label\n1,2,x\n3,four,y\n5,6\n7,8,y\n")
        let arguments = ["shard", "convert", "t.csv", "--y", "label", "--type", "b:float32", "--out", "d"]
        try scratch.run(arguments).expect(65, "t.csv", "line 3", "four", "--on-bad-row skip")
        let skipped = try scratch.run(arguments + ["--on-bad-row", "skip", "--force"])
        skipped.expect(0, "2 rows in 1 shards", "2 rows left out", "line 3", "line 4")
        let report = String(decoding: try scratch.bytes("d/rejected.txt"), as: UTF8.self)
        #expect(report.split(separator: "\n").count == 2)
    }

    @Test func `every kind of damage is named by verify`() throws {
        let scratch = try Scratch()
        try scratch.run(Self.convert).expect(0)
        var shard = try scratch.bytes("d/shard-00003.zst")
        shard[shard.count / 2] ^= 1
        try scratch.write("d/shard-00003.zst", shard)
        try FileManager.default.removeItem(atPath: scratch.path("d/shard-00005.zst"))
        let verified = try scratch.millrace("shard", "verify", "d")
        verified.expect(65, "shard-00003.zst", "block", "shard-00005.zst", "no such file")
    }

    @Test func `options that say nothing of the input are refused by name`() throws {
        let scratch = try Scratch()
        try scratch.write("t.csv", "a,b\n1,2\n3,4\n")
        let ofHDF5: [[String]] = [
            ["--type", "a:int8"], ["--delimiter", ";"], ["--header"], ["--no-header"], ["--missing", "skip"],
            ["--join"],
            ["--no-join"], ["--keep-keys"], ["--keep-pickles"], ["--resize", "4x4"], ["--keep-encoded"],
            ["--channels", "1"],
        ]
        for options in ofHDF5 {
            try scratch.run(["shard", "convert", Fixture.train, "--out", "d"] + options).expect(64, options[0])
        }
        let ofCSV: [[String]] = [
            ["--resize", "4x4"], ["--keep-keys"], ["--channels", "3"], ["--resize-mode", "pad"], ["--fast-decode"],
            ["--seed", "3"], ["--value-range", "0:2"],
        ]
        for options in ofCSV {
            try scratch.run(["shard", "convert", "t.csv", "--out", "d"] + options).expect(64, options[0])
        }
        #expect(try scratch.names == ["t.csv"])
        try scratch.millrace("shard", "convert", "t.csv", "--out", "d", "--type", "a:int8", "--no-join").expect(0)
    }

    @Test func `a dataset is replaced by itself with --force`() throws {
        let scratch = try Scratch()
        try scratch.run(Self.convert).expect(0)
        try scratch.millrace("shard", "convert", "d", "--out", "other", "--shuffle", "3", "--shard-bytes", "1MiB")
            .expect(0)
        let shuffled = try contents(scratch, "other").filter { $0.key.hasPrefix("shard-") }
        try scratch.millrace("shard", "convert", "d", "--out", "d", "--shuffle", "3").expect(64, "--force")
        try scratch.millrace(
            "shard", "convert", "d/", "--out", "d", "--shuffle", "3", "--shard-bytes", "1MiB", "--force"
        ).expect(0)
        #expect(try contents(scratch).filter { $0.key.hasPrefix("shard-") } == shuffled)
        try scratch.millrace("shard", "verify", "d").expect(0)
        try scratch.millrace("shard", "convert", "d", "--out", "d/inside", "--force").expect(64, "lies in the input")
    }

    @Test func `a dataset that was replacing itself when it was killed is not converted twice`() throws {
        let scratch = try Scratch()
        try scratch.run(Self.convert).expect(0)
        // A directory in the place of a later shard stops the conversion between the first and the last of its steps.
        let blocker = scratch.path("d/shard-00020.zst")
        try FileManager.default.createDirectory(atPath: blocker, withIntermediateDirectories: false)
        let replace = ["shard", "convert", "d", "--out", "d", "--repeat", "2", "--shard-bytes", "128KiB", "--quiet"]
        try scratch.run(replace + ["--force"]).expect(73, "shard-00020.zst")
        try FileManager.default.removeItem(atPath: blocker)
        let partial = scratch.path("d/conversion.partial")
        for name in try FileManager.default.contentsOfDirectory(atPath: partial) where name != "record.jsonl" {
            try FileManager.default.moveItem(atPath: "\(partial)/\(name)", toPath: scratch.path("d/\(name)"))
        }
        // Now it looks like one that was killed behind its last rename: the input is the output already.
        try scratch.run(replace + ["--resume"]).expect(0)
        let info = try scratch.millrace("shard", "info", "d")
        #expect(info.output.contains("\(2 * 30 * 1437) rows"), "\(info.output)")
        try scratch.millrace("shard", "verify", "d").expect(0)
        try scratch.run(replace + ["--resume"]).expect(64, "nothing to resume")
        #expect(try scratch.millrace("shard", "info", "d").output == info.output)
    }

    @Test func `exports what is asked for, and replaces nothing unasked`() throws {
        let scratch = try Scratch()
        try scratch.run(Self.convert).expect(0)
        try scratch.millrace("shard", "export", "d", "--out", "a.h5").expect(0, "wrote 43110 rows of images, labels")
        let whole = try scratch.bytes("a.h5")
        try scratch.millrace("shard", "export", "d", "--out", "a.h5", "--columns", "labels").expect(
            73, "a.h5", "--force")
        #expect(try scratch.bytes("a.h5") == whole)
        let part = ["shard", "export", "d", "--out", "a.h5", "--columns", "labels", "--rows", "-100:", "--force"]
        try scratch.run(part).expect(0, "wrote 100 rows of labels")
        try scratch.millrace("shard", "convert", "a.h5", "--out", "e").expect(0, "e: 100 rows")
        let quiet = try scratch.run(part + ["--quiet", "--level", "0"])
        quiet.expect(0)
        #expect(quiet.errors.isEmpty && quiet.output.isEmpty)
        try scratch.millrace("shard", "export", "d", "--out", "b.h5", "--rows", "50000:").expect(64, "--rows")
        try scratch.millrace("shard", "export", "d", "--out", "b.h5", "--level", "10").expect(64, "--level is 10")
        try scratch.millrace("shard", "export", "absent", "--out", "b.h5").expect(66, "absent")
        #expect(try scratch.names == ["a.h5", "d", "e"])
    }

    @Test func `info can be quiet, and says why a shuffle was not measured`() throws {
        let scratch = try Scratch()
        try scratch.write("t.csv", "a,b\n" + (0..<50).map { "\($0).5,2.5\n" }.joined())
        let converted = try scratch.millrace("shard", "convert", "t.csv", "--out", "d", "--shuffle", "7")
        converted.expect(0, "not measured: there is no column of whole numbers")
        let info = try scratch.millrace("shard", "info", "d")
        #expect(info.output.contains("not measured: there is no column of whole numbers"), "\(info.output)")
        let quiet = try scratch.millrace("shard", "info", "d", "--quiet")
        quiet.expect(0)
        #expect(quiet.output.isEmpty && quiet.errors.isEmpty)
        try scratch.millrace("shard", "info", "none", "--quiet").expect(66, "none")
        try scratch.millrace("shard", "info", "d", "--quiet", "--json").expect(64, "exclude each other")
    }

    @Test func `a column that is not there is invalid data whatever the input`() throws {
        let scratch = try Scratch()
        try scratch.write("t.csv", "a,b\n1,2\n3,4\n")
        try scratch.millrace("shard", "convert", "t.csv", "--out", "d", "--y", "none").expect(
            65, "none", "there are a, b")
        try scratch.millrace("shard", "convert", "t.csv", "--out", "d").expect(0)
        try scratch.millrace("shard", "convert", "d", "--out", "e", "--x", "none").expect(65, "none", "a, b")
    }

    @Test(
        .enabled(if: Namespace.isAvailable, "needs a mount namespace of its own"), arguments: [[], ["--shuffle", "3"]])
    func `a full disk loses nothing`(_ shuffle: [String]) throws {
        let scratch = try Scratch()
        // Some 14 MB as they are, and in spill files; 7 MB as shards.
        let arguments = Array(Self.convert.dropLast(2)) + ["--repeat", "120"] + shuffle
        try scratch.run(arguments + ["--out", "d"]).expect(0)
        let whole = try contents(scratch)
        try scratch.write(
            "run.sh",
            """
            mkdir disk && mount -t tmpfs -o size=5m none disk || exit 99
            "$@" --out disk/d; echo "first $?"
            ls disk/d
            mount -o remount,size=100m disk || exit 99
            "$@" --out disk/d --resume; echo "second $?"
            cp -r disk/d d2
            umount disk
            """)
        let ended = try Namespace.run(scratch, ["run.sh", try Scratch.commandPath] + arguments)
        #expect(ended.contains("first 74") && ended.contains("No space left on device"), "\(ended)")
        #expect(ended.contains("conversion.partial") && !ended.contains("manifest.json"), "\(ended)")
        #expect(ended.contains("second 0"), "\(ended)")
        #expect(try contents(scratch, "d2") == whole)
    }
}

extension Scratch {
    /// Whether an unfinished conversion into `d` has begun.
    fileprivate var hasRecord: Bool {
        FileManager.default.fileExists(atPath: path("d/conversion.partial/record.jsonl"))
    }
}

/// Runs scripts that mount file systems nobody else sees.
enum Namespace {
    /// Whether the system lets this process make a namespace.
    static let isAvailable: Bool = {
        guard let scratch = try? Scratch() else { return false }
        try? scratch.write("probe.sh", "mkdir m && mount -t tmpfs none m && echo yes")
        return (try? run(scratch, ["probe.sh"]))?.contains("yes") == true
    }()

    static func run(_ scratch: Scratch, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        process.arguments = ["--mount", "--map-root-user", "sh"] + arguments
        process.currentDirectoryURL = scratch.directory
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: text, as: UTF8.self)
    }
}
