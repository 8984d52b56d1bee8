import Foundation
import HDF5Store
import KerasFiles
import NeuralNetwork
import Testing

/// Weights alone as output and as a beginning, and optimizer state that does not fit.
@Suite struct WeightsCommandTests {
    private func train(_ scratch: Scratch, _ out: String, _ more: String...) throws -> Ended {
        try scratch.run(
            [
                "train", "--model", Fixture.mlp, "--data", Fixture.train, "--steps-per-epoch", "3", "--out", out,
                "--quiet",
            ] + more)
    }

    private func bits(_ model: Model) -> [[UInt32]] { model.weights.map { $0.values.map(\.bitPattern) } }

    @Test func `a configuration trains from its initializers, or from given weights`() throws {
        let scratch = try Scratch()
        try scratch.write("net.json", Data(try #require(try ZipArchive.read("config.json", from: Fixture.mlp))))
        let run = ["--data", Fixture.train, "--steps-per-epoch", "3", "--seed", "2", "--quiet"]
        for name in ["first.keras", "second.keras"] {
            try scratch.run(["train", "--model", "net.json", "--out", name] + run).expect(0)
        }
        #expect(try scratch.bytes("first.keras") == scratch.bytes("second.keras"))
        let (made, given) = (try Model.load(scratch.path("first.keras")), try Model.load(Fixture.mlp))
        #expect(made.parameterCount == given.parameterCount && bits(made) != bits(given))
        let still = run + ["--learning-rate", "0"]
        try scratch.run(["train", "--model", "net.json", "--out", "drawn.keras"] + still).expect(0)
        let kernels = try Model.load(scratch.path("drawn.keras")).weights.map(\.values).filter { $0.count > 100 }
        #expect(!kernels.isEmpty && kernels.allSatisfy { Set($0).count > $0.count / 2 })
        try scratch.run(["train", "--model", "net.json", "--out", "other.keras"] + still + ["--seed", "3"]).expect(0)
        #expect(try scratch.bytes("drawn.keras") != scratch.bytes("other.keras"))
        try scratch.run(
            ["train", "--model", "net.json", "--weights", Fixture.mlp, "--out", "third.keras"] + still
        ).expect(0)
        #expect(try bits(Model.load(scratch.path("third.keras"))) == bits(given))
        try scratch.write("cut.json", "{\"class_name\": ")
        try scratch.run(["train", "--model", "cut.json"] + run).expect(65, "cut.json")
        try scratch.run(["train", "--model", "none.json"] + run).expect(66, "none.json")
    }

    @Test func `the precision is the model's that is written`() throws {
        let scratch = try Scratch()
        try train(scratch, "brief.keras", "--precision", "bfloat16").expect(0)
        try train(scratch, "plain.keras").expect(0)
        let (brief, plain) = (try Model.load(scratch.path("brief.keras")), try Model.load(scratch.path("plain.keras")))
        #expect(brief.layers.contains { $0.policy == .mixedBFloat16 })
        #expect(plain.layers.allSatisfy { $0.policy == .float32 })
        let pairs = zip(brief.weights.flatMap(\.values), plain.weights.flatMap(\.values))
        #expect(pairs.contains { $0 != $1 } && pairs.allSatisfy { abs($0 - $1) < 0.05 })
        try train(scratch, "other.keras", "--precision", "float16").expect(64, "float16")
    }

    @Test(arguments: ["trained.weights.h5", "trained.safetensors"])
    func `a run writes weights alone, and another begins with them`(_ name: String) throws {
        let scratch = try Scratch()
        try train(scratch, "trained.keras").expect(0)
        try train(scratch, name).expect(0)
        let whole = try Model.load(scratch.path("trained.keras"))
        let model = try Model.load(Fixture.mlp)
        try model.loadWeights(from: scratch.path(name))
        #expect(bits(model) == bits(whole))
        let evaluated = try ["trained.keras", Fixture.mlp].map { path in
            try scratch.run(
                ["evaluate", "--model", path, "--data", Fixture.test, "--json"]
                    + (path == Fixture.mlp ? ["--weights", name] : []))
        }
        #expect(evaluated[0].status == 0 && evaluated[0].output == evaluated[1].output)
        try scratch.millrace(
            "predict", "--model", Fixture.mlp, "--weights", name, "--data", Fixture.test, "--out", "out.h5", "--quiet"
        ).expect(0)
        try train(scratch, "still.keras", "--weights", name, "--learning-rate", "0").expect(0)
        #expect(try bits(Model.load(scratch.path("still.keras"))) == bits(whole))
        // The best weights of a run are written in the same form.
        try train(scratch, "best-\(name)", "--validation", Fixture.test, "--save-best", "val_loss").expect(0)
        try model.loadWeights(from: scratch.path("best-\(name)"))
        #expect(bits(model) == bits(whole))
    }

    @Test func `weights that do not fit end with what was expected and found`() throws {
        let scratch = try Scratch()
        let model = try Model.load(Fixture.dense)
        for name in ["other.weights.h5", "other.safetensors"] {
            try model.saveWeights(to: scratch.path(name))
            let ended = try train(scratch, "out.keras", "--weights", name)
            ended.expect(65, name, "(64, 64)")
        }
        try train(scratch, "out.keras", "--weights", "absent.safetensors").expect(66, "absent.safetensors")
        try train(scratch, "out.h5").expect(64, "expected a name that ends in .keras, .weights.h5, .safetensors")
        #expect(try scratch.names == ["other.safetensors", "other.weights.h5"])
    }

    @Test func `optimizer state that does not fit is a note, and training starts`() throws {
        let scratch = try Scratch()
        let fixture = Fixture.path("models/trained-adam.keras")
        let text = String(decoding: try #require(try ZipArchive.read("config.json", from: fixture)), as: UTF8.self)
        let layer = try #require(text.range(of: "\"name\": \"dense\", \"trainable\": true"))
        let members = try ["metadata.json", "model.weights.h5"].map { name in
            (name: name, bytes: try #require(try ZipArchive.read(name, from: fixture)))
        }
        let frozen = text.replacingCharacters(in: layer, with: "\"name\": \"dense\", \"trainable\": false")
        let path = scratch.path("frozen.keras")
        try ZipArchive.write(members + [(name: "config.json", bytes: Array(frozen.utf8))], to: path, for: path)
        let writer = try HDF5FileWriter(path: scratch.path("data.h5"))
        try writer.writeFloats("x", shape: [8, 6], (0..<48).map { Float($0 % 7) })
        try writer.writeFloats("y", shape: [8, 3], (0..<24).map { $0 % 3 == $0 / 3 % 3 ? 1 : 0 })
        try writer.commit()
        let ended = try scratch.millrace(
            "train", "--model", path, "--data", "data.h5", "--out", "out.keras", "--log", "log.jsonl")
        ended.expect(0, "variables of the optimizer adam", "begins anew")
        let notes = try LogFile(scratch, "log.jsonl").events("note")
        #expect(notes.count == 1 && (notes[0]["message"] as? String)?.contains("begins anew") == true)
        #expect(try Model.load(scratch.path("out.keras")).iterations == 1)
    }
}
