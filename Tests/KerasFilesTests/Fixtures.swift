import Foundation
import HDF5Store
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport

/// A fresh directory that is removed with its owner.
final class Scratch {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appending(path: name).path }

    /// Writes a file.
    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        try Data(bytes).write(to: URL(filePath: path(name)))
        return path(name)
    }

    /// Everything in the directory, hidden files too.
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() } }
}

/// A file's bytes.
func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

extension Scratch {
    /// The weights within a `.keras` file, in a file of their own here.
    func weights(of path: String) throws -> HDF5File {
        let file = self.path("weights-of-a-model.h5")
        try Data(ZipArchive.read("model.weights.h5", from: path)!).write(to: URL(filePath: file))
        return try HDF5File(path: file)
    }
}

/// A copy of a model of `fixtures/` that is changed in one place.
struct ModelVariant {
    var members: [(name: String, bytes: [UInt8])] = []

    init(_ fixture: String) throws {
        for name in ["metadata.json", "config.json", "model.weights.h5"] {
            members.append((name, try ZipArchive.read(name, from: Fixtures.path(fixture))!))
        }
    }

    /// Replaces the value at a path of keys and positions of config.json; nil stands for null.
    mutating func set(_ path: [Any], _ value: Any?) throws {
        let position = members.firstIndex { $0.name == "config.json" }!
        let root = try JSONSerialization.jsonObject(with: Data(members[position].bytes))
        let changed = Self.replacing(root, path[...], value ?? NSNull())
        members[position].bytes = Array(try JSONSerialization.data(withJSONObject: changed))
    }

    /// Replaces a setting of a layer.
    mutating func setLayer(_ index: Int, _ key: String, _ value: Any?) throws {
        try set(["config", "layers", index, "config", key], value)
    }

    mutating func replace(_ name: String, _ bytes: [UInt8]) {
        members[members.firstIndex { $0.name == name }!].bytes = bytes
    }

    /// Replaces the weights by what the closure writes.
    mutating func replaceWeights(_ write: (HDF5Writer) throws -> Void) throws {
        let scratch = try Scratch()
        let writer = try HDF5FileWriter(path: scratch.path("weights.h5"))
        try write(writer)
        try writer.commit()
        replace("model.weights.h5", try KerasFilesTests.bytes(scratch.path("weights.h5")))
    }

    mutating func remove(_ name: String) { members.removeAll { $0.name == name } }

    /// Writes the variant and loads it.
    func load() throws -> Model {
        let scratch = try Scratch()
        let path = scratch.path("variant.keras")
        try ZipArchive.write(members, to: path, for: path)
        return try Model.load(path)
    }

    private static func replacing(_ node: Any, _ path: ArraySlice<Any>, _ value: Any) -> Any {
        guard let key = path.first else { return value }
        if let index = key as? Int {
            var array = node as! [Any]
            array[index] = replacing(array[index], path.dropFirst(), value)
            return array
        }
        var object = node as! [String: Any]
        object[key as! String] = replacing(object[key as! String] ?? NSNull(), path.dropFirst(), value)
        return object
    }
}

/// The models of `fixtures/` that can be loaded, with Keras's predictions.
let loadable = Fixtures.goldens("predictions").map(\.key)
