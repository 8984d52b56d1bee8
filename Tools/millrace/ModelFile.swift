import Foundation
import KerasFiles

/// The file that `--model` names.
enum ModelFile {
    /// What `--model` takes, for its help.
    static let kinds = "a .keras file, or a configuration alone as .json"

    /// Whether a file is a model by its name: a manifest of shards is `.json`, too, and has a name of its own.
    static func isModel(_ path: String) -> Bool {
        path.hasSuffix(".keras")
            || (path.hasSuffix(".json") && URL(filePath: path).lastPathComponent != "manifest.json")
    }

    /// The text of a model's configuration, for pictures of its graph; nil where the archive has none.
    static func configuration(of path: String) throws -> String? {
        if path.hasSuffix(".json") { return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self) }
        return try ZipArchive.read("config.json", from: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
