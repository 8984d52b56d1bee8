import Foundation
import HDF5Store
import Testing

/// Every kind of bad input: the exit status, what the message names, and that nothing is left behind.
@Suite struct BadInputTests {
    @Test func `a missing model`() throws {
        for command in ["train", "evaluate", "predict"] {
            try expectFailure(66, ["absent.keras"], command, "--model", "absent.keras", "--data", Fixture.train)
        }
    }

    @Test func `missing data`() throws {
        for command in ["train", "evaluate", "predict"] {
            try expectFailure(66, ["absent.h5"], command, "--model", Fixture.mlp, "--data", "absent.h5")
        }
        try expectFailure(
            66, ["absent.h5"], "train", "--model", Fixture.mlp, "--data", Fixture.train, "--validation", "absent.h5")
    }

    @Test func `a model that is no model`() throws {
        try expectFailure(
            65, ["README.md", "zip"], "train", "--model", Fixture.path("README.md"), "--data", Fixture.train)
    }

    @Test func `data that are not HDF5`() throws {
        try expectFailure(
            65, ["README.md", "HDF5"], "train", "--model", Fixture.mlp, "--data", Fixture.path("README.md"))
    }

    @Test(arguments: [0.1, 0.5, 0.9, 0.999]) func `a truncated data file`(_ share: Double) throws {
        let scratch = try Scratch()
        let whole = try Fixture.bytes("digits-train.h5")
        try scratch.write("short.h5", whole.prefix(Int(Double(whole.count) * share)))
        try expectFailure(65, ["short.h5"], "train", "--model", Fixture.mlp, "--data", "short.h5", in: scratch)
    }

    @Test func `a truncated model`() throws {
        let scratch = try Scratch()
        try scratch.write("short.keras", try Fixture.bytes("digits-mlp.keras").dropLast(1000))
        try expectFailure(65, ["short.keras"], "train", "--model", "short.keras", "--data", Fixture.train, in: scratch)
    }

    @Test func `flipped bytes under fletcher32`() throws {
        // Row 48 begins chunk 3; its numbers stand in the file as they are.
        let row = (0..<6).flatMap { column -> [UInt8] in
            let value = Int32(((48 * 7 + column * 3) % 251 - 125) * 100).littleEndian
            return withUnsafeBytes(of: value) { Array($0) }
        }
        try expectCorrupt("hdf5/chunked-fletcher32.h5", at: Data(row), ["x", "fletcher32", "[48, 0]", "rows"])
    }

    @Test func `a corrupt gzip stream`() throws {
        try expectCorrupt("hdf5/chunked-gzip.h5", at: Data([0x78, 0x9c]), ["deflate", "rows"])
    }

    private func expectCorrupt(_ fixture: String, at pattern: Data, _ fragments: [String]) throws {
        let scratch = try Scratch()
        var bytes = try Fixture.bytes(fixture)
        let place = try #require(bytes.range(of: pattern))
        for offset in 4..<10 { bytes[place.lowerBound + offset] ^= 0xff }
        try scratch.write("damaged.h5", bytes)
        for command in ["predict", "train"] {
            try expectFailure(
                65, ["damaged.h5"] + fragments, command, "--model", Fixture.dense, "--data", "damaged.h5", in: scratch)
        }
    }

    @Test func `a dataset that is not there: the message lists those that are`() throws {
        let listing = ["pictures", "/images (1437, 8, 8) uint8", "/labels (1437,) int64"]
        try expectFailure(
            65, listing, "train", "--model", Fixture.mlp, "--data", Fixture.train, "--x", "pictures", "--y", "labels")
    }

    @Test func `one name that is not there, the other left to be found`() throws {
        let listing = ["pictures", "/images (1437, 8, 8) uint8", "/labels (1437,) int64"]
        try expectFailure(65, listing, "predict", "--model", Fixture.mlp, "--data", Fixture.train, "--x", "pictures")
        try expectFailure(65, listing, "train", "--model", Fixture.mlp, "--data", Fixture.train, "--x", "pictures")
        try expectFailure(65, listing, "train", "--model", Fixture.mlp, "--data", Fixture.train, "--y", "pictures")
    }

    @Test func `no plausible pair of datasets`() throws {
        try expectFailure(
            65, ["types-integer.h5", "uint16", "int64"], "train", "--model", Fixture.dense, "--data",
            Fixture.path("hdf5/types-integer.h5"))
    }

    @Test func `x and y of different length`() throws {
        try expectFailure(
            65, ["different-lengths.h5", "x", "100", "y", "99"], "train", "--model", Fixture.dense, "--data",
            Fixture.path("hdf5/different-lengths.h5"))
    }

    @Test(arguments: [("blosc2", 32026), ("bzip2", 307), ("zfp", 32013)])
    func `an unsupported filter is named, with its number`(_ filter: String, _ id: Int) throws {
        try expectFailure(
            65, ["plugin-\(filter).h5", filter, "\(id)"], "train", "--model", Fixture.dense, "--data",
            Fixture.path("hdf5/special/plugin-\(filter).h5"))
    }

    @Test(arguments: [
        ("unsupported-memory", "unsupported_memory/memory", "ConvLSTM1D"),
        ("unsupported-nested", "unsupported_nested/block/norm", "SpectralNormalization"),
    ])
    func `an unsupported layer is named, with its path`(_ model: String, _ path: String, _ kind: String) throws {
        for command in ["train", "predict", "evaluate"] {
            try expectFailure(
                65, ["\(model).keras", path, kind], command, "--model", Fixture.path("models/\(model).keras"), "--data",
                Fixture.train)
        }
    }

    @Test func `rows of another shape than the model takes`() throws {
        for command in ["train", "predict", "evaluate"] {
            try expectFailure(
                65, ["images", "(8, 8)", "measurements", "(6,)"], command, "--model", Fixture.dense, "--data",
                Fixture.train)
        }
    }

    @Test func `targets of another shape than the loss takes`() throws {
        try expectFailure(
            65, ["images", "(8, 8)"], "train", "--model", Fixture.mlp, "--data", Fixture.train, "--x", "images", "--y",
            "images")
    }

    @Test func `labels outside the model's classes`() throws {
        let data = Fixture.path("hdf5/chunked-gzip.h5")
        try expectFailure(65, ["label", "0 to 2"], "train", "--model", Fixture.dense, "--data", data)
        // Row 3 is the first whose label is not a class.
        try expectFailure(
            65, ["chunked-gzip.h5", "row 3 of", "label 3", "0 to 2"], "train", "--model", Fixture.dense, "--data", data,
            "--shuffle",
            "none")
    }

    @Test func `data without rows`() throws {
        for command in ["train", "evaluate"] {
            try expectFailure(
                65, ["at least one row"], command, "--model", Fixture.dense, "--data", Fixture.path("hdf5/empty.h5"))
        }
        try expectFailure(
            65, ["empty.h5"], "train", "--model", Fixture.dense, "--data", Fixture.path("hdf5/empty.h5"))
    }

    @Test func `data that are not numbers`() throws {
        try expectFailure(
            65, ["fixed"], "train", "--model", Fixture.dense, "--data", Fixture.path("hdf5/not-numbers.h5"), "--x",
            "fixed", "--y", "y")
    }

    @Test func `an output that cannot be created`() throws {
        for command in ["train", "predict"] {
            let scratch = try Scratch()
            let ended = try scratch.millrace(
                command, "--model", Fixture.mlp, "--data", Fixture.test, "--out", "absent/out.keras", "--quiet")
            ended.expect(73, "absent/out.keras", "No such file or directory")
            #expect(ended.output.isEmpty)
            #expect(try scratch.names.isEmpty)
        }
        let scratch = try Scratch()
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.test, "--out", "out.keras", "--log", "absent/log.jsonl"
        ).expect(73, "absent/log.jsonl")
        #expect(try scratch.names.isEmpty)
    }

    @Test func `an output that is a directory`() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(
            at: scratch.directory.appending(path: "out.keras"), withIntermediateDirectories: false)
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.test, "--out", "out.keras", "--quiet"
        ).expect(73, "out.keras")
        #expect(try scratch.names == ["out.keras"])
    }

    @Test func `a file that was there stays as it was when a run fails`() throws {
        let scratch = try Scratch()
        try scratch.write("out.keras", "precious")
        try scratch.millrace(
            "train", "--model", Fixture.dense, "--data", Fixture.path("hdf5/chunked-gzip.h5"), "--out", "out.keras"
        ).expect(65)
        #expect(try scratch.bytes("out.keras") == Data("precious".utf8))
        #expect(try scratch.names == ["out.keras"])
    }

    @Test func `a full disk under the log`() throws {
        try expectFailure(
            74, ["/dev/full", "No space left"], "train", "--model", Fixture.mlp, "--data", Fixture.test, "--log",
            "/dev/full")
    }

    @Test func `a full disk under standard output`() throws {
        let scratch = try Scratch()
        try scratch.run(
            ["evaluate", "--model", Fixture.mlp, "--data", Fixture.test, "--json", "--quiet"], output: "/dev/full"
        ).expect(74, "No space left")
        try scratch.run(["inspect", Fixture.mlp], output: "/dev/full").expect(74, "No space left")
    }

    @Test func `a file that crashes the HDF5 library`() throws {
        let scratch = try Scratch()
        let file = Fixture.path("hdf5/damaged/object-header.h5")
        try scratch.millrace("inspect", file).expect(65, "object-header.h5", "crashes the HDF5 library")
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", file).expect(65, "crashes the HDF5 library")
    }

    @Test func `inspect of what is missing or damaged`() throws {
        let scratch = try Scratch()
        try scratch.millrace("inspect", "absent.h5").expect(66, "absent.h5")
        try scratch.millrace("inspect", "absent.keras").expect(66, "absent.keras")
        try scratch.millrace("inspect", Fixture.path("README.md")).expect(65, "README.md")
    }

    /// Runs a command that has to fail, with an output where it takes one, and expects no trace of it.
    private func expectFailure(
        _ status: Int32, _ fragments: [String], _ arguments: String..., in scratch: Scratch? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let scratch = try scratch ?? Scratch()
        let before = try scratch.names
        let writes = arguments[0] == "train" || arguments[0] == "predict"
        let ended = try scratch.run(arguments + (writes ? ["--out", "out.keras"] : []))
        ended.expect(status, sourceLocation: sourceLocation)
        for fragment in fragments {
            #expect(ended.errors.contains(fragment), "\(ended.errors)", sourceLocation: sourceLocation)
        }
        #expect(ended.output.isEmpty, sourceLocation: sourceLocation)
        #expect(try scratch.names == before, sourceLocation: sourceLocation)
    }
}
