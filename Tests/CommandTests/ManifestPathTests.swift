import Foundation
import Testing

/// A manifest's path stands for its directory, wherever a dataset of shards is taken.
@Suite struct ManifestPathTests {
    private static let manifest = "d/manifest.json"

    private func dataset() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.millrace(
            "shard", "convert", Fixture.test, "--out", "d", "--block-bytes", "2KiB", "--shard-bytes", "8KiB", "--quiet"
        ).expect(0)
        return scratch
    }

    private func shards(_ scratch: Scratch, _ directory: String) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path(directory))
        return Dictionary(uniqueKeysWithValues: try names.map { ($0, try scratch.bytes("\(directory)/\($0)")) })
    }

    @Test func `describes, verifies and exports the dataset`() throws {
        let scratch = try dataset()
        for path in ["d", Self.manifest] {
            let info = try scratch.millrace("shard", "info", path)
            info.expect(0)
            #expect(info.output.contains("360 rows in 3 shards"), "\(info.output)")
            let verified = try scratch.millrace("shard", "verify", path)
            verified.expect(0)
            #expect(verified.output.contains("are whole"))
            try scratch.millrace("shard", "export", path, "--out", "\(path.count).h5", "--quiet").expect(0)
        }
        #expect(try scratch.bytes("1.h5") == scratch.bytes("\(Self.manifest.count).h5"))
    }

    @Test func `trains, evaluates and predicts`() throws {
        let scratch = try dataset()
        var found: [String: [Data]] = [:]
        for path in ["d", Self.manifest] {
            try scratch.millrace(
                "train", "--model", Fixture.mlp, "--data", path, "--validation", path, "--out", "net.keras", "--quiet"
            ).expect(0)
            found["model", default: []].append(try scratch.bytes("net.keras"))
            let figures = try scratch.millrace("evaluate", "--model", "net.keras", "--data", path, "--json")
            figures.expect(0)
            found["figures", default: []].append(Data(figures.output.utf8))
            try scratch.millrace("predict", "--model", "net.keras", "--data", path, "--out", "p.h5").expect(0)
            found["predictions", default: []].append(try scratch.bytes("p.h5"))
        }
        for (what, both) in found { #expect(both[0] == both[1] && !both[0].isEmpty, "\(what)") }
    }

    @Test func `is converted as the directory is`() throws {
        let scratch = try dataset()
        for (name, path) in [("a", "d"), ("b", Self.manifest), ("c", "[d]/manifest.j*")] {
            try scratch.millrace("shard", "convert", path, "--shuffle", "3", "--quiet", "--out", name).expect(0)
            #expect(try shards(scratch, name) == shards(scratch, "a"))
        }
    }

    @Test func `may be replaced by itself, and nothing is put into it`() throws {
        let scratch = try dataset()
        let options = ["--shuffle", "3", "--quiet", "--out"]
        try scratch.run(["shard", "convert", "d"] + options + ["a"]).expect(0)
        try scratch.run(["shard", "convert", Self.manifest] + options + ["d/inside"]).expect(64, "lies in the input")
        try scratch.run(["shard", "convert", Self.manifest] + options + ["d"]).expect(64, "is the input", "--force")
        try scratch.run(["shard", "convert", Self.manifest] + options + ["d", "--force"]).expect(0)
        #expect(try shards(scratch, "d") == shards(scratch, "a"))
        try scratch.run(["shard", "convert", Self.manifest] + options + ["d", "--resume"]).expect(
            64, "nothing to resume")
    }

    @Test func `other JSON is no manifest`() throws {
        let scratch = try dataset()
        try scratch.write("other.json", "{\"format\": \"something else\"}")
        try scratch.millrace("shard", "convert", "other.json", "--out", "e").expect(65, "other.json", "Accepted are")
        try scratch.millrace("shard", "convert", Self.manifest, "d/manifest.json", "--out", "e").expect(64)
        // Edited by hand.
        let text = String(decoding: try scratch.bytes(Self.manifest), as: UTF8.self)
        try scratch.write(Self.manifest, text.replacingOccurrences(of: "\"rows\":360", with: "\"rows\":361"))
        try scratch.millrace("shard", "convert", Self.manifest, "--out", "e").expect(65, "checksum")
    }

    @Test(arguments: ["none", "images,none", ","])
    func `an export of columns that are not there says which are`(columns: String) throws {
        let scratch = try dataset()
        try scratch.millrace("shard", "export", "d", "--out", "out.h5", "--columns", columns).expect(
            64, columns == "," ? "expected at least one column" : "there is no column \"none\"",
            "the dataset has images, labels", "without --columns all of them")
        #expect(!FileManager.default.fileExists(atPath: scratch.path("out.h5")))
    }
}
