import Conversion
import DataSource
import Foundation
import Memory
import Shards
import Testing

struct `Conversions` {
    private func options(workers: Int = 2, shuffle: UInt64? = nil) -> ConversionOptions {
        var options = ConversionOptions()
        options.workers = workers
        options.blockBytes = 512
        options.shardBytes = 8192
        options.memory = .mebibytes(2048)
        options.shuffleSeed = shuffle
        return options
    }

    private let bad: Set<Int> = [0, 5, 36, 37, 38, 1999]

    @Test(arguments: [nil, 7] as [UInt64?])
    func `every row arrives once, whole, in the order asked for`(shuffle: UInt64?) throws {
        let directory = try TemporaryDirectory()
        let summary = try Converter(
            NumberedInput(count: 2000), to: "\(directory.path)/a/b", options: options(shuffle: shuffle)
        ).run()
        #expect(summary.manifest.rowCount == 2000 && summary.rejectedRows == 0)
        #expect(summary.manifest.shards.count > 5)
        let all = try rows(of: "\(directory.path)/a/b")
        let numbers = (0..<all.rowCount).map { number($0, of: all) }
        #expect(numbers.sorted() == Array(0..<2000))
        #expect((numbers == Array(0..<2000)) == (shuffle == nil))
        for row in 0..<all.rowCount {
            let number = numbers[row]
            #expect(Array(all[row, 1]) == Array("row \(number)......".utf8.prefix(number % 7)))
            #expect(all[row, 2].loadUnaligned(as: Int64.self) == Int64(number % 10))
        }
        // Nothing but the dataset is left.
        let names = Set(try TemporaryDirectory.files("\(directory.path)/a/b").keys)
        #expect(names == Set(summary.manifest.shards.map(\.file) + ["manifest.json"]))
    }

    @Test(arguments: [nil, 7] as [UInt64?])
    func `the bytes depend on neither workers, pieces nor memory`(shuffle: UInt64?) throws {
        let directory = try TemporaryDirectory()
        var first: [String: Data]?
        for (workers, pieces, memory) in [(1, 37, 2048), (2, 1, 1536), (7, 5000, 1024), (3, 250, 4096)] {
            var options = options(workers: workers, shuffle: shuffle)
            options.memory = .mebibytes(memory)
            options.onBadRow = .skip
            let path = "\(directory.path)/\(workers)-\(pieces)"
            let input = NumberedInput(count: 2000, rowsPerPiece: pieces, bad: bad)
            let summary = try Converter(input, to: path, options: options).run()
            #expect(summary.rejectedRows == bad.count)
            let files = try TemporaryDirectory.files(path)
            if let first { #expect(files == first) }
            first = first ?? files
        }
        let report = String(decoding: first?["rejected.txt"] ?? Data(), as: UTF8.self)
        #expect(report == bad.sorted().map { "numbers: row \($0): it is bad\n" }.joined())
    }

    @Test func `a bad row ends the conversion unless it may be skipped`() throws {
        let directory = try TemporaryDirectory()
        let error = #expect(throws: ConversionError.self) {
            _ = try Converter(
                NumberedInput(count: 100, bad: [50]), to: "\(directory.path)/d", options: options()
            ).run()
        }
        #expect(error?.kind == .badRow)
        #expect(error?.message.contains("numbers: row 50: it is bad") == true)
        #expect(throws: ShardError.self) { _ = try ShardDataset(path: "\(directory.path)/d") }
    }

    @Test func `passes repeat the rows, and each is augmented for itself`() throws {
        let directory = try TemporaryDirectory()
        let input = NumberedInput(count: 100, rowsPerPiece: 7)
        var options = options()
        options.passes = 3
        options.augmentation = RowAugmentation(specification: ["mark"], seed: 5, columns: input.columns) {
            rows, chunk, pass, firstRow, target in
            for row in rows {
                var x = Array(chunk[row, 0].assumingMemoryBound(to: Float.self))
                x[1] = Float(1000 * pass + firstRow + row - rows.lowerBound)
                x.withUnsafeBytes { target.append($0, column: 0) }
                target.append(chunk[row, 1], column: 1)
                target.append(chunk[row, 2], column: 2)
                target.endRow()
            }
        }
        for shuffle in [nil, 3] as [UInt64?] {
            options.shuffleSeed = shuffle
            let path = "\(directory.path)/\(shuffle ?? 0)"
            let summary = try Converter(input, to: path, options: options).run()
            #expect(summary.manifest.augmentation?.passes == 3)
            let all = try rows(of: path)
            var marks = (0..<all.rowCount).map { row in
                (number(row, of: all), Int(all[row, 0].loadUnaligned(fromByteOffset: 4, as: Float.self)))
            }
            if shuffle != nil { marks.sort { $0.1 < $1.1 } }
            #expect(marks.map(\.0) == (0..<300).map { $0 % 100 })
            #expect(marks.map(\.1) == (0..<300).map { $0 / 100 * 1000 + $0 % 100 })
        }
    }

    @Test func `a shuffle is a uniform permutation, and is measured`() throws {
        let directory = try TemporaryDirectory()
        var options = options(shuffle: 1)
        options.blockBytes = 1 << 14
        options.shardBytes = 1 << 20
        let path = "\(directory.path)/d"
        let summary = try Converter(SortedInput(count: 51_200), to: path, options: options).run()
        let measured = try #require(summary.manifest.shuffle.chi2PerDegree)
        #expect(abs(measured - 1) < 0.15, "\(measured)")
        options.shuffleSeed = nil
        options.overwrites = true
        let sorted = try Converter(SortedInput(count: 51_200), to: path, options: options).run()
        #expect(sorted.manifest.shuffle.chi2PerDegree ?? 0 > 100)
        #expect(sorted.manifest.shuffle.policy == "none")
    }

    @Test func `shards of fewer rows than a batch are measured as well`() throws {
        let directory = try TemporaryDirectory()
        var options = options(shuffle: 1)
        // 64 rows in a shard.
        options.blockBytes = 64
        options.shardBytes = 256
        let path = "\(directory.path)/d"
        let summary = try Converter(SortedInput(count: 10_240), to: path, options: options).run()
        #expect(summary.manifest.shards.count >= 160)
        let small = try #require(summary.manifest.shuffle.chi2PerDegree)
        options.overwrites = true
        options.shardBytes = 1 << 20
        let large = try Converter(SortedInput(count: 10_240), to: path, options: options).run()
        #expect(large.manifest.shards.count == 1 && large.manifest.shuffle.chi2PerDegree == small)
        #expect(large.manifest.shuffle.unmeasured == nil)
    }

    @Test func `a manifest says why there is no measure`() throws {
        let directory = try TemporaryDirectory()
        func gap(_ input: some RowInput) throws -> String {
            let path = "\(directory.path)/\(UUID().uuidString)"
            let manifest = try Converter(input, to: path, options: options(shuffle: 1)).run().manifest
            #expect(manifest.shuffle.chi2PerDegree == nil)
            #expect(try ShardManifest(path: "\(path)/manifest.json").shuffle == manifest.shuffle)
            return manifest.shuffle.unmeasured ?? ""
        }
        #expect(try gap(GrowingInput(count: 600, rowsPerPiece: 100)).contains("no column of whole numbers"))
        #expect(try gap(SortedInput(count: 511)).contains("two batches of 256"))
        #expect(try gap(SortedInput(count: 600, classes: 1)).contains("one value only"))
        #expect(try gap(SortedInput(count: 6000, classes: 6000)).contains("4096 different values"))
    }

    @Test func `rows that an older dataset lacked are not told again`() throws {
        let directory = try TemporaryDirectory()
        var options = options()
        options.onBadRow = .skip
        let path = "\(directory.path)/d"
        #expect(try Converter(NumberedInput(count: 100, bad: bad), to: path, options: options).run().rejectedRows == 5)
        options.overwrites = true
        let clean = try Converter(NumberedInput(count: 100), to: path, options: options).run()
        #expect(clean.rejectedRows == 0 && clean.rejected.isEmpty)
        #expect(try TemporaryDirectory.files(path)["rejected.txt"] == nil)
    }

    @Test func `when every row is bad the first reasons are told`() throws {
        let directory = try TemporaryDirectory()
        var options = options()
        options.onBadRow = .skip
        let path = "\(directory.path)/d"
        let error = #expect(throws: ConversionError.self) {
            _ = try Converter(NumberedInput(count: 20, bad: Set(0..<20)), to: path, options: options).run()
        }
        #expect(error?.kind == .invalid)
        for part in ["every row was rejected, 20 in all", "numbers: row 0: it is bad", "numbers: row 4: it is bad"] {
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a cap that is too small is refused with the smallest that works`() throws {
        let directory = try TemporaryDirectory()
        var options = options()
        options.memory = .mebibytes(1)
        let error = #expect(throws: ConversionError.self) {
            _ = try Converter(NumberedInput(count: 100), to: "\(directory.path)/d", options: options).run()
        }
        #expect(error?.kind == .memory)
        #expect(error?.message.contains("the smallest cap that works is") == true)
        #expect(!FileManager.default.fileExists(atPath: "\(directory.path)/d"))
    }

    @Test func `what is there is not overwritten unless asked for`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/d"
        _ = try Converter(NumberedInput(count: 1000), to: path, options: options()).run()
        let before = try TemporaryDirectory.files(path)
        let error = #expect(throws: ConversionError.self) {
            _ = try Converter(NumberedInput(count: 10), to: path, options: options()).run()
        }
        #expect(error?.kind == .exists)
        #expect(try TemporaryDirectory.files(path) == before)
        var forced = options()
        forced.overwrites = true
        #expect(throws: DataError.self) {
            // A conversion that fails leaves the old dataset whole.
            _ = try Converter(NumberedInput(count: 1000, failingPiece: 20), to: path, options: forced).run()
        }
        #expect(try rows(of: path).rowCount == 1000)
        _ = try Converter(NumberedInput(count: 10), to: path, options: forced).run()
        #expect(try rows(of: path).rowCount == 10)
        #expect(try TemporaryDirectory.files(path).count == 2)
    }

    @Test func `identifiers are not classes`() throws {
        let directory = try TemporaryDirectory()
        var options = options()
        options.shardBytes = 1 << 20
        let summary = try Converter(
            SortedInput(count: 40_000, classes: 40_000), to: "\(directory.path)/d", options: options
        ).run()
        #expect(summary.manifest.shuffle.chi2PerDegree == nil)
        #expect(summary.manifest.statistics[0].classes == nil)
    }

    @Test func `rows that grow do not make blocks that grow with them`() throws {
        let directory = try TemporaryDirectory()
        var options = options()
        options.blockBytes = 4096
        options.shardBytes = 1 << 20
        for (workers, pieces) in [(1, 100), (3, 7)] {
            options.workers = workers
            let path = "\(directory.path)/\(workers)"
            let summary = try Converter(
                GrowingInput(count: 2500, rowsPerPiece: pieces), to: path, options: options
            ).run()
            #expect(summary.manifest.rowCount == 2500)
            #expect(summary.manifest.statistics[0].largestContentBytes < 5 * 4096 + 4 * 4096)
            let all = try rows(of: path)
            for row in 0..<2500 { #expect(all[row, 0].count == GrowingInput.length(row)) }
        }
        #expect(
            try TemporaryDirectory.differences(
                "\(directory.path)/1", TemporaryDirectory.files("\(directory.path)/3")) == [])
    }
}

/// Rows of one label in ten sorted classes.
struct SortedInput: RowInput {
    let count: Int
    var classes = 10
    let columns = [ShardColumn("label", .int32)]
    var fingerprint: String { "sorted \(count)" }

    func makeCutter(at position: PiecePosition?) throws(DataError) -> any PieceCutter {
        Cutter(count: count, row: position?[0] ?? 0)
    }

    private final class Cutter: PieceCutter {
        let count: Int
        var row: Int

        init(count: Int, row: Int) {
            self.count = count
            self.row = row
        }

        func next() throws(DataError) -> InputPiece? {
            guard row < count else { return nil }
            defer { row += 1000 }
            return InputPiece(
                position: [row], extent: [min(row + 1000, count)], inputBytes: 1000, workingBytes: 1 << 16)
        }
    }

    func read(_ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]) throws(DataError) {
        for row in piece.position[0]..<piece.extent[0] {
            withUnsafeBytes(of: Int32(classes * row / count)) { rows.append($0, column: 0) }
            rows.endRow()
        }
    }
}

/// Rows of bytes: a thousand short ones, then long ones.
struct GrowingInput: RowInput {
    let count: Int
    let rowsPerPiece: Int
    let columns = [ShardColumn(bytes: "b")]
    var fingerprint: String { "growing \(count)" }

    static func length(_ row: Int) -> Int { row < 1100 ? 3 : 1000 + row % 5000 }

    func makeCutter(at position: PiecePosition?) throws(DataError) -> any PieceCutter {
        Cutter(input: self, row: position?[0] ?? 0)
    }

    private final class Cutter: PieceCutter {
        let input: GrowingInput
        var row: Int

        init(input: GrowingInput, row: Int) {
            self.input = input
            self.row = row
        }

        func next() throws(DataError) -> InputPiece? {
            guard row < input.count else { return nil }
            let end = min(row + input.rowsPerPiece, input.count)
            defer { row = end }
            return InputPiece(position: [row], extent: [end], inputBytes: 8, workingBytes: 1 << 16)
        }
    }

    func read(_ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]) throws(DataError) {
        for row in piece.position[0]..<piece.extent[0] {
            let room = rows.extend(column: 0, by: Self.length(row))
            room.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: row))
            rows.endRow()
        }
    }
}
