import Foundation
import HDF5Store
import KerasFiles
import NeuralNetwork
import Testing

/// Several files, columns by name, conversions and row ranges on the command line.
@Suite struct ColumnsTests {
    /// Cuts the training fixture into files of these rows; labels are one-hot on request.
    private func cut(_ rows: [Range<Int>], in scratch: Scratch, oneHot: Bool = false) throws -> [String] {
        let file = try HDF5File(path: Fixture.train)
        let images = try file.readFloats("images")
        let labels = try file.readIntegers("labels")
        return try rows.enumerated().map { number, rows in
            let name = "part-\(number).h5"
            let writer = try HDF5FileWriter(path: scratch.path(name))
            let x = try writer.rows("images", type: .uint8, rowShape: [8, 8], chunkRows: 64)
            let y = try writer.rows(
                "labels", type: oneHot ? .float32 : .int64, rowShape: oneHot ? [10] : [], chunkRows: 64)
            let pixels = images[rows.lowerBound * 64..<rows.upperBound * 64].map { UInt8($0) }
            try pixels.withUnsafeBytes { try x.append($0) }
            if oneHot {
                let values = labels[rows].flatMap { label in (0..<10).map { $0 == Int(label) ? Float(1) : 0 } }
                try values.withUnsafeBytes { try y.append($0) }
            } else {
                try labels[rows].map { Int64($0) }.withUnsafeBytes { try y.append($0) }
            }
            try x.finish()
            try y.finish()
            try writer.commit()
            return name
        }
    }

    /// Trains once over some data and returns the bytes of the model.
    private func train(_ scratch: Scratch, _ options: String...) throws -> Data {
        try scratch.run(
            ["train", "--model", Fixture.mlp, "--shuffle", "none", "--out", "out.keras", "--quiet"] + options
        ).expect(0)
        return try scratch.bytes("out.keras")
    }

    @Test func `several files and a pattern train to the bytes of one file`() throws {
        let scratch = try Scratch()
        let parts = try cut([0..<500, 500..<510, 510..<1437], in: scratch)
        let whole = try train(scratch, "--data", Fixture.train)
        #expect(try train(scratch, "--data", parts[0], parts[1], parts[2]) == whole)
        #expect(try train(scratch, "--data", "part-*.h5") == whole)
        #expect(try train(scratch, "--data", parts[0], "--data", "part-[12].h5") == whole)
        try scratch.write("run.yaml", "data: [\(parts[0]), 'part-[12].h5']\nepochs: 1\n")
        #expect(try train(scratch, "--config", "run.yaml") == whole)
    }

    @Test func `rows are those of a Python slice`() throws {
        let scratch = try Scratch()
        _ = try cut([0..<500], in: scratch)
        let first = try train(scratch, "--data", "part-0.h5")
        #expect(try train(scratch, "--data", Fixture.train, "--rows", ":500") == first)
        #expect(try train(scratch, "--data", Fixture.train, "--rows", "0:-937") == first)
        #expect(try train(scratch, "--data", Fixture.train, "--rows", "-1437:500") == first)
        let ended = try scratch.millrace(
            "predict", "--model", Fixture.mlp, "--data", Fixture.test, "--rows", "-7:", "--out", "out.h5")
        ended.expect(0, "7 predictions")
    }

    @Test func `a split off files is that of one file`() throws {
        let scratch = try Scratch()
        let parts = try cut([0..<700, 700..<1437], in: scratch)
        for (name, data) in [("one.jsonl", [Fixture.train]), ("two.jsonl", parts)] {
            try scratch.run(
                ["train", "--model", Fixture.mlp, "--shuffle", "none", "--validation-split", "0.2", "--log", name]
                    + ["--out", "\(name).keras", "--quiet", "--data"] + data
            ).expect(0)
        }
        let (one, two) = (try LogFile(scratch, "one.jsonl"), try LogFile(scratch, "two.jsonl"))
        #expect(one.events("epoch")[0]["samples"] as? Int == 1149)
        for key in ["loss", "val_loss", "val_accuracy"] {
            #expect(one.events("epoch")[0][key] as? Double == two.events("epoch")[0][key] as? Double)
        }
        try scratch.run(["train", "--model", Fixture.mlp, "--data", parts[0], "--validation"] + parts + ["--quiet"])
            .expect(0)
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--rows", ":1", "--validation-split", "0.1"
        ).expect(64, "leaves 0 and 1")
    }

    @Test func `targets are made what the loss expects, and the message says how`() throws {
        let scratch = try Scratch()
        let plain = try cut([0..<300], in: scratch)[0]
        let common = ["train", "--model", Fixture.mlp, "--shuffle", "none", "--quiet", "--data"]
        let dense = ["--loss", "categorical_crossentropy"]
        try scratch.run(common + [plain] + dense).expect(65, "class numbers become one-hot rows", "--one-hot labels=10")
        try scratch.run(common + [plain, "--one-hot", "labels=10", "--out", "dense.keras"] + dense).expect(0)
        try scratch.run(common + [plain, "--out", "sparse.keras"]).expect(0)
        // Both losses are the same function of the same classes.
        let (one, other) = (try Model.load(scratch.path("dense.keras")), try Model.load(scratch.path("sparse.keras")))
        for (left, right) in zip(one.weights, other.weights) {
            #expect(zip(left.values, right.values).allSatisfy { abs($0 - $1) <= 1e-6 })
        }
        try scratch.run(common + [plain, "--one-hot", "labels=7"] + dense).expect(65, "(7,)", "(10,)")
        try scratch.run(common + [plain, "--one-hot", "labels=10"]).expect(65, "sparse_categorical_crossentropy")

        let rows = try cut([0..<300], in: scratch, oneHot: true)[0]
        try scratch.run(common + [rows]).expect(65, "--sparse labels")
        try scratch.run(common + [rows, "--sparse", "labels", "--out", "back.keras"]).expect(0)
        #expect(try scratch.bytes("back.keras") == scratch.bytes("sparse.keras"))
    }

    @Test func `a class number outside is named with its file and row`() throws {
        let scratch = try Scratch()
        try scratch.run(
            ["train", "--model", Fixture.dense, "--shuffle", "none", "--data", Fixture.path("hdf5/chunked-gzip.h5")]
                + ["--loss", "categorical_crossentropy", "--one-hot", "y=3"]
        ).expect(65, "chunked-gzip.h5: y: row 3: expected a class number from 0 to 2 to make one-hot, found 3")
        try scratch.run(
            ["train", "--model", Fixture.dense, "--shuffle", "none", "--data", Fixture.path("hdf5/chunked-gzip.h5")]
                + ["--loss", "categorical_crossentropy", "--one-hot", "y=3", "--rows", "2:"]
        ).expect(65, "row 3 of the file, 1 of all")
    }

    @Test func `scale changes what the model sees`() throws {
        let scratch = try Scratch()
        let plain = try train(scratch, "--data", Fixture.train)
        #expect(try train(scratch, "--data", Fixture.train, "--scale", "images=1") == plain)
        #expect(try train(scratch, "--data", Fixture.train, "--scale", "images=1/16,-0.5") != plain)
        for options in [["--scale", "images=1/16,-0.5"], ["--scale", "images=0.0625,-0.5", "--one-hot", "labels=10"]] {
            try scratch.run(
                ["predict", "--model", Fixture.mlp, "--data", Fixture.test, "--quiet", "--out", "out.h5"] + options
            ).expect(0)
        }
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--scale", "labels=2", "--sparse", "labels"
        ).expect(64, "labels", "conversion already")
    }

    @Test func `cast decides the type in batches, for every command and in a file of options`() throws {
        let scratch = try Scratch()
        let plain = try train(scratch, "--data", Fixture.train)
        // What the model takes anyway: pixels as float32, class numbers as int32.
        #expect(
            try train(scratch, "--data", Fixture.train, "--cast", "images=float32", "--cast", "labels=int32") == plain)
        try scratch.write("run.yaml", "data: '\(Fixture.train)'\ncast: [images=float32, labels=int32]\n")
        #expect(try train(scratch, "--config", "run.yaml") == plain)
        let data = ["--model", "out.keras", "--data", Fixture.test, "--quiet"]
        for command in [["evaluate"], ["predict", "--out", "out.h5"], ["tune", "--memory", "512MiB"]] {
            // A type that the model does not take shows that the option is heard.
            for (type, status) in [("float32", 0), ("int32", 65)] as [(String, Int32)] {
                let ended = try scratch.run(command + data + ["--cast", "images=\(type)"])
                ended.expect(status)
                #expect(status == 0 || ended.errors.contains("images"), "\(ended.errors)")
            }
        }
        // Predictions read no targets: what is said about those has no effect.
        try scratch.run(
            ["predict", "--out", "out.h5", "--y", "labels"] + data + ["--cast", "labels=float32"]
        )
        .expect(0)
    }

    @Test func `a cast that cannot be is refused`() throws {
        let scratch = try Scratch()
        let common = ["train", "--model", Fixture.mlp, "--data", Fixture.train, "--quiet"]
        for text in ["images", "=int32", "images=", "images=uint8", "images=Float32"] {
            try scratch.run(common + ["--cast", text]).expect(64, "expected NAME=TYPE", "float32")
        }
        try scratch.run(common + ["--cast", "pixels=int32"]).expect(
            64, "--cast pixels", "the columns are images, labels")
        try scratch.run(common + ["--cast", "labels=int32", "--sparse", "labels"]).expect(
            64, "conversion already, by --cast")
        // int32 must hold what is stored.
        let file = try HDF5FileWriter(path: scratch.path("halves.h5"))
        let x = try file.rows("x", type: .float32, rowShape: [8, 8], chunkRows: 4)
        let y = try file.rows("y", type: .float32, rowShape: [], chunkRows: 4)
        try [Float](repeating: 1, count: 4 * 64).withUnsafeBytes { try x.append($0) }
        try [Float(1), 2, 2.5, 3].withUnsafeBytes { try y.append($0) }
        try x.finish()
        try y.finish()
        try file.commit()
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", "halves.h5", "--shuffle", "none", "--cast", "y=int32"
        ).expect(65, "halves.h5: y: row 2: expected a whole number that fits int32, found 2.5")
    }

    @Test func `columns are assigned to the model's inputs by name`() throws {
        let scratch = try Scratch()
        let model = try Model.load(Fixture.mlp)
        let input = model.inputs[0].name
        let plain = try train(scratch, "--data", Fixture.train)
        #expect(try train(scratch, "--data", Fixture.train, "--x", "\(input)=images", "--y", "labels") == plain)
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--x", "wrong=images", "--y", "labels"
        ).expect(64, "no input \"wrong\"", "inputs are \(input)", "/images (1437, 8, 8) uint8")
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--x", "\(input)=pictures", "--y", "labels"
        ).expect(65, "pictures", "/images (1437, 8, 8) uint8")
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--x", "images", "--x", "labels", "--y", "labels"
        ).expect(64, "expected 1 input, found 2")
    }

    @Test func `files that do not fit together`() throws {
        let scratch = try Scratch()
        _ = try cut([0..<100], in: scratch)
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", "part-0.h5", Fixture.path("hdf5/images.h5")
        ).expect(65, "images.h5: images: expected uint8, rows of shape (8, 8)", "(4, 3, 2)")
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", "part-0.h5", "part-9*.h5").expect(
            66, "part-9*.h5", "matches no file")
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", "part-0.h5", "absent.h5").expect(
            66, "absent.h5", "no such file")
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", ".").expect(65, "directory", "'./*.h5'")
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", "part-0.h5", "part*").expect(64, "twice")
        #expect(try scratch.names == ["part-0.h5"])
    }

    @Test func `inspect says how each dataset is read`() throws {
        let scratch = try Scratch()
        for (file, text) in [
            ("chunked-gzip", "decoded by millrace"),
            ("compact", "read through the HDF5 library, slower: compact layout"),
            ("not-numbers", "no column: not numbers"), ("scalar", "no column: a single value"),
        ] {
            let ended = try scratch.millrace("inspect", Fixture.path("hdf5/\(file).h5"))
            ended.expect(0)
            #expect(ended.output.contains(text), "\(ended.output)")
        }
    }
}
