import Conversion
import Foundation
import Memory
import Shards
import Testing

struct `Interrupted conversions` {
    private func options(shuffle: UInt64?) -> ConversionOptions {
        var options = ConversionOptions()
        options.workers = 2
        options.blockBytes = 512
        options.shardBytes = 8192
        options.shuffleSeed = shuffle
        options.onBadRow = .skip
        options.passes = 2
        // Of the whole test process, which other suites fill at the same time.
        options.memory = .mebibytes(2048)
        return options
    }

    private let input = NumberedInput(count: 1000, rowsPerPiece: 23, bad: [3, 400, 401, 999])

    private static func size(of path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int).flatMap { $0 } ?? 0
    }

    @Test(arguments: [nil, 7] as [UInt64?])
    func `go on to the same bytes, wherever they stopped`(shuffle: UInt64?) throws {
        let directory = try TemporaryDirectory()
        _ = try Converter(input, to: "\(directory.path)/whole", options: options(shuffle: shuffle)).run()
        let whole = try TemporaryDirectory.files("\(directory.path)/whole")
        // Each run ends after some polls; together they get to the end.
        for polls in [1, 2, 3, 5, 8, 13, 21, 34, 55, 89] {
            let path = "\(directory.path)/\(polls)"
            var options = options(shuffle: shuffle)
            options.resumes = true
            var runs = 0
            var isWhole = false
            while !isWhole {
                runs += 1
                // Longer from run to run: a run that is stopped before a shard is whole starts it again.
                var left = polls * runs
                do {
                    _ = try Converter(
                        input, to: path, options: options,
                        isStopped: {
                            left -= 1
                            return left < 0
                        }
                    ).run()
                    isWhole = true
                } catch let error as ConversionError {
                    #expect(error.kind == .stopped)
                    let found = #expect(throws: ShardError.self) { _ = try ShardDataset(path: path) }
                    #expect(found?.kind == .unfinished)
                }
            }
            #expect(runs > 1 || polls > 50)
            let differences = try TemporaryDirectory.differences(path, whole)
            #expect(differences.isEmpty, "\(polls) polls, \(runs) runs: \(differences)")
        }
    }

    @Test(arguments: [nil, 7] as [UInt64?])
    func `progress goes on where it stopped, at the rate of its own run`(shuffle: UInt64?) throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d"
        var options = options(shuffle: shuffle)
        // Where threads get no time for a while the conversion may end between two polls: then once more.
        var (isStopped, attempts) = (false, 0)
        while !isStopped, attempts < 50 {
            attempts += 1
            try? FileManager.default.removeItem(atPath: path)
            do {
                _ = try Converter(
                    input, to: path, options: options,
                    isStopped: {
                        // Three places to go on from: those of two shards at least.
                        let record = "\(path)/conversion.partial/record.jsonl"
                        let text = (try? String(contentsOfFile: record, encoding: .utf8)) ?? ""
                        return text.split(separator: "rows_into_piece", omittingEmptySubsequences: false).count > 3
                    }
                ).run()
            } catch let error as ConversionError {
                #expect(error.kind == .stopped)
                isStopped = true
            }
        }
        #expect(isStopped)
        options.resumes = true
        var shown: [ConversionProgress] = []
        _ = try Converter(input, to: path, options: options, progress: { shown.append($0) }).run()
        let (first, last) = (try #require(shown.first), try #require(shown.last))
        #expect(first.earlierRows > 100 && first.rows > first.earlierRows)
        #expect(last.rows == 2 * 996 && last.earlierRows == first.earlierRows)
        #expect(last.inputBytes > last.earlierInputBytes && last.earlierInputBytes > 0)
    }

    @Test func `progress says rates of this run and what is left of the whole`() throws {
        let directory = try TemporaryDirectory()
        var shown: [ConversionProgress] = []
        _ = try Converter(
            input, to: "\(directory.path)/d", options: options(shuffle: nil), progress: { shown.append($0) }
        ).run()
        var progress = try #require(shown.first)
        (progress.rows, progress.allRows, progress.earlierRows) = (600, 1000, 500)
        (progress.inputBytes, progress.allInputBytes, progress.earlierInputBytes) = (6 << 20, 10 << 20, 5 << 20)
        progress.rejectedRows = 3
        #expect(
            progress.text(seconds: 20)
                == "converting: 600 of 1000 rows, 5 rows/s, \(ByteCount(52428))/s, 1:20 left, 3 rows left out")
        progress.allRows = nil
        #expect(progress.text(seconds: 20).contains(", 1:20 left"))
        progress.rows = 500
        progress.inputBytes = progress.earlierInputBytes
        #expect(!progress.text(seconds: 20).contains("left,"))
    }

    @Test func `a record that was cut off is read up to its last whole line`() throws {
        let directory = try TemporaryDirectory()
        _ = try Converter(input, to: "\(directory.path)/whole", options: options(shuffle: nil)).run()
        let whole = try TemporaryDirectory.files("\(directory.path)/whole")
        let path = "\(directory.path)/cut"
        let stopped = #expect(throws: ConversionError.self) {
            _ = try Converter(
                input, to: path, options: options(shuffle: nil),
                isStopped: { Self.size(of: "\(path)/conversion.partial/record.jsonl") > 3000 }
            ).run()
        }
        #expect(stopped?.kind == .stopped)
        let record = "\(path)/conversion.partial/record.jsonl"
        let text = try Data(contentsOf: URL(filePath: record))
        #expect(text.count > 2000)
        for length in stride(from: text.count - 1, to: 0, by: -211) {
            let copy = "\(directory.path)/copy"
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            try text.prefix(length).write(to: URL(filePath: "\(copy)/conversion.partial/record.jsonl"))
            var options = options(shuffle: nil)
            options.resumes = true
            _ = try Converter(input, to: copy, options: options).run()
            let differences = try TemporaryDirectory.differences(copy, whole)
            #expect(differences.isEmpty, "\(length) bytes: \(differences)")
        }
    }

    @Test func `go on only with the same input and options`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d"
        var polls = 5
        let stopped = #expect(throws: ConversionError.self) {
            _ = try Converter(
                input, to: path, options: options(shuffle: nil),
                isStopped: {
                    polls -= 1
                    return polls < 0
                }
            ).run()
        }
        #expect(stopped?.kind == .stopped)
        let unasked = #expect(throws: ConversionError.self) {
            _ = try Converter(input, to: path, options: options(shuffle: nil)).run()
        }
        #expect(unasked?.kind == .exists)
        var other = options(shuffle: nil)
        other.resumes = true
        other.level = 7
        let error = #expect(throws: ConversionError.self) { _ = try Converter(input, to: path, options: other).run() }
        #expect(error?.kind == .invalid)
        #expect(error?.message.contains("is another one") == true)
        other.resumes = false
        other.overwrites = true
        #expect(try Converter(input, to: path, options: other).run().manifest.rowCount == 2 * 996)
    }

    @Test func `one process at a time converts into a directory`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d"
        var inner: (any Error)?
        var hasTried = false
        var options = options(shuffle: nil)
        options.resumes = true
        _ = try Converter(
            input, to: path, options: options,
            isStopped: {
                if !hasTried {
                    hasTried = true
                    do { _ = try Converter(input, to: path, options: options).run() } catch { inner = error }
                }
                return false
            }
        ).run()
        #expect((inner as? OutputError)?.reason.contains("another process") == true)
    }

    @Test func `a finished conversion that is resumed is left alone`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d"
        var options = options(shuffle: nil)
        _ = try Converter(input, to: path, options: options).run()
        let files = try TemporaryDirectory.files(path)
        options.resumes = true
        let summary = try Converter(input, to: path, options: options).run()
        #expect(summary.wasComplete && summary.manifest.rowCount == 2 * 996)
        #expect(try TemporaryDirectory.files(path) == files)
    }

    @Test func `a finished shard that was damaged since is not published`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d"
        let stopped = #expect(throws: ConversionError.self) {
            _ = try Converter(
                input, to: path, options: options(shuffle: nil),
                isStopped: { Self.size(of: "\(path)/conversion.partial/record.jsonl") > 3000 }
            ).run()
        }
        #expect(stopped?.kind == .stopped)
        let shard = URL(filePath: "\(path)/conversion.partial/shard-00000.zst")
        var bytes = try Data(contentsOf: shard)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: shard)
        var resumed = options(shuffle: nil)
        resumed.resumes = true
        let error = #expect(throws: ConversionError.self) { _ = try Converter(input, to: path, options: resumed).run() }
        #expect(error?.kind == .invalid && error?.message.contains("shard-00000.zst is not what was written") == true)
    }

    @Test func `a dataset of another conversion is not taken for the result`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d"
        _ = try Converter(input, to: path, options: options(shuffle: nil)).run()
        var other = options(shuffle: 9)
        other.resumes = true
        let error = #expect(throws: ConversionError.self) { _ = try Converter(input, to: path, options: other).run() }
        #expect(error?.kind == .invalid && error?.message.contains("another conversion") == true)
    }

    @Test(arguments: [0, 1, 2, 100]) func `published without the input, whatever was moved before`(moved: Int) throws {
        let directory = try TemporaryDirectory()
        _ = try Converter(input, to: "\(directory.path)/whole", options: options(shuffle: nil)).run()
        let whole = try TemporaryDirectory.files("\(directory.path)/whole")
        let (path, partial) = ("\(directory.path)/d", "\(directory.path)/d/conversion.partial")
        // Stopped at a directory in the place of the first shard's name.
        let blocker = "\(path)/shard-00000.zst"
        try FileManager.default.createDirectory(atPath: blocker, withIntermediateDirectories: true)
        var forced = options(shuffle: nil)
        forced.overwrites = true
        #expect(throws: OutputError.self) { _ = try Converter(input, to: path, options: forced).run() }
        try FileManager.default.removeItem(atPath: blocker)
        let names = whole.keys.filter { $0.hasPrefix("shard-") }.sorted()
        for name in names.prefix(moved) {
            try FileManager.default.moveItem(atPath: "\(partial)/\(name)", toPath: "\(path)/\(name)")
        }
        if moved > names.count {
            for name in ["rejected.txt", "manifest.json"] {
                try FileManager.default.moveItem(atPath: "\(partial)/\(name)", toPath: "\(path)/\(name)")
            }
        }
        var other = options(shuffle: nil)
        other.level = 9
        #expect(try Converter.publishUnfinished(in: path, options: other, augmentation: nil) == nil)
        let asked = options(shuffle: nil)
        #expect(
            try Converter.publishUnfinished(in: path, options: asked, augmentation: (["flip=horizontal"], 0)) == nil)
        let summary = try Converter.publishUnfinished(in: path + "/", options: asked, augmentation: nil)
        #expect(summary?.rejectedRows == 8)
        let differences = try TemporaryDirectory.differences(path, whole)
        #expect(differences.isEmpty, "\(differences)")
        #expect(try Converter.publishUnfinished(in: path, options: asked, augmentation: nil) == nil)
    }

    @Test func `a shuffle of several parts goes on with another memory`() throws {
        let directory = try TemporaryDirectory()
        // Of unknown size: few files, which are larger than a small memory takes at once.
        var input = NumberedInput(count: 120_000, rowsPerPiece: 500)
        input.padding = 480
        input.isSizeKnown = false
        var options = ConversionOptions()
        options.workers = 1
        options.level = 1
        options.blockBytes = 16 << 10
        options.shardBytes = 1 << 20
        options.shuffleSeed = 11
        options.memory = .gibibytes(2)
        _ = try Converter(input, to: "\(directory.path)/whole", options: options).run()
        let whole = try TemporaryDirectory.files("\(directory.path)/whole")
        let path = "\(directory.path)/d"
        let partial = "\(path)/conversion.partial"
        // In the first pass, then in the second, each time with another memory.
        for name in ["spill-7", "shard-00001.zst"] {
            options.memory = name == "spill-7" ? .gibibytes(1) : try Self.smallestMemory(for: input, options)
            let stopped = #expect(throws: ConversionError.self) {
                _ = try Converter(
                    input, to: path, options: options, isStopped: { Self.size(of: "\(partial)/\(name)") > 0 }
                ).run()
            }
            #expect(stopped?.kind == .stopped)
            options.resumes = true
        }
        let record = try String(contentsOfFile: "\(partial)/record.jsonl", encoding: .utf8)
        #expect(try #require(record.firstMatch(of: #/"parts": ?([0-9]+)/#).flatMap { Int($0.1) }) > 1)
        options.memory = .mebibytes(1536)
        _ = try Converter(input, to: path, options: options).run()
        let differences = try TemporaryDirectory.differences(path, whole)
        #expect(differences.isEmpty, "\(differences)")
    }

    // What the message of a cap that is too small names, and some for what the whole test process holds a moment later.
    private static func smallestMemory(for input: NumberedInput, _ options: ConversionOptions) throws -> ByteCount {
        let directory = try TemporaryDirectory()
        var options = options
        options.memory = .mebibytes(1)
        let error = #expect(throws: ConversionError.self) {
            _ = try Converter(input, to: "\(directory.path)/none", options: options).run()
        }
        let number = error?.message.split(separator: " ").last.flatMap { Int($0.dropLast(3)) }
        return .mebibytes(try #require(number) + 256)
    }
}
