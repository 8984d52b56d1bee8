import Foundation
import KerasFiles
import Testing

/// A model's configuration alone, as `to_json()` gives it, where a `.keras` file can stand.
@Suite struct ModelFileTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.write("net.json", Data(try #require(try ZipArchive.read("config.json", from: Fixture.mlp))))
    }

    @Test func `inspect shows it as the model that it is`() throws {
        let whole = try scratch.millrace("inspect", Fixture.mlp, "--batch-size", "8")
        let alone = try scratch.millrace("inspect", "net.json", "--batch-size", "8")
        alone.expect(0)
        #expect(alone.output == whole.output.replacing(Fixture.mlp, with: "net.json"))
        #expect(alone.output.contains("parameters"))
        // A manifest of shards has the same ending.
        try scratch.millrace("shard", "convert", Fixture.test, "--out", "shards", "--quiet").expect(0)
        let manifest = try scratch.millrace("inspect", "shards/manifest.json")
        manifest.expect(0)
        #expect(manifest.output.contains("360 rows"), "\(manifest.output)")
        try scratch.write("broken.json", "{")
        try scratch.millrace("inspect", "broken.json").expect(65, "broken.json")
        try scratch.millrace("inspect", "absent.json").expect(66, "absent.json")
    }

    @Test(arguments: ["train", "evaluate", "predict", "tune", "inspect"])
    func `help says that it can be given`(_ command: String) throws {
        let help = try scratch.millrace(command, "--help").output
        #expect(help.contains(".keras") && help.contains(".json"), "\(help)")
    }

    @Test func `TensorBoard has its graph`() throws {
        for (model, name) in [(Fixture.mlp, "archive"), ("net.json", "alone")] {
            try scratch.millrace(
                "train", "--model", model, "--data", Fixture.test, "--tensorboard", name, "--quiet"
            ).expect(0)
            let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path("\(name)/train"))
            let bytes = try scratch.bytes("\(name)/train/\(try #require(files.first))")
            #expect(bytes.range(of: Data("\"class_name\"".utf8)) != nil, "\(name)")
        }
    }
}
