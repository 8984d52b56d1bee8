import Foundation
import JSONText
import KerasFiles
import NeuralNetwork
import TestSupport
import Testing

/// The shapes for which Keras builds layers before it connects them: without them it names weights otherwise.
@Suite struct BuildConfigurationTests {
    static let cases = ModelGoldenTests.enabled.flatMap { family in
        ModelGoldens(family).cases.map { (family, $0) }
    }.filter {
        // An adapted Normalization has the shape of the batch that it was adapted to, and an embedding that is called with
        // two lengths either of them, which decides nothing.
        ModelGoldenTests.refused["\($0)/\($1)"] == nil && !$1.hasPrefix("normalization_adapted")
            && $1 != "masked_cross_tokens_keywords"
    }

    @Test func `layers are written with the shapes that Keras writes`() throws {
        for (family, name) in Self.cases {
            let scratch = try Scratch()
            let archive = Fixtures.path("goldens/models/\(family).zip")
            let original = scratch.path("original.keras")
            try Data(try #require(try ZipArchive.read("\(name).keras", from: archive))).write(
                to: URL(filePath: original))
            try Model.load(original).save(scratch.path("saved.keras"))
            let (found, expected) = (try shapes(scratch.path("saved.keras")), try shapes(original))
            for (layer, shape) in expected {
                #expect(found[layer] == shape, "\(family)/\(name): \(layer)")
            }
            #expect(Set(found.keys) == Set(expected.keys), "\(family)/\(name)")
        }
    }

    /// `build_config` by the place of each layer that has one.
    private func shapes(_ path: String) throws -> [String: String] {
        let root = try JSONValue(parsing: try #require(try ZipArchive.read("config.json", from: path)))
        var result: [String: String] = [:]
        func visit(_ value: JSONValue, _ place: String) {
            for item in value.arrayValue ?? [] { visit(item, place) }
            guard let members = value.members else { return }
            var place = place
            if let kind = value["class_name"]?.stringValue, let config = value["config"] {
                place += "/\(config["name"]?.stringValue ?? "") (\(kind))"
                if let build = value["build_config"], !build.isNull { result[place] = build.text() }
            }
            for member in members where member.key != "build_config" && member.key != "compile_config" {
                visit(member.value, "\(place).\(member.key)")
            }
        }
        visit(root, "")
        return result
    }
}
