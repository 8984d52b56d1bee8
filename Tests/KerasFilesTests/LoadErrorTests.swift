import Foundation
import HDF5Store
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing

@Suite struct LoadErrorTests {
    @Test func `a missing file`() throws {
        let scratch = try Scratch()
        let error = #expect(throws: KerasFileError.self) { try Model.load(scratch.path("absent.keras")) }
        #expect(error?.kind == .missing)
        #expect(error?.description.contains("absent.keras") == true)
    }

    @Test(arguments: ["", "PK", "not a model\n"]) func `a file that is no zip archive`(_ text: String) throws {
        let scratch = try Scratch()
        let path = try scratch.write("text.keras", text.utf8)
        let error = #expect(throws: KerasFileError.self) { try Model.load(path) }
        #expect(error?.kind == .invalid)
    }

    @Test func `a directory`() throws {
        let error = #expect(throws: KerasFileError.self) { try Model.load(Fixtures.directory) }
        #expect(error?.kind == .invalid)
    }

    @Test func `a truncated file, at any length`() throws {
        let scratch = try Scratch()
        let whole = try bytes(Fixtures.path("models/functional-dense.keras"))
        for length in stride(from: 0, to: whole.count, by: 997) {
            let path = try scratch.write("short.keras", whole[..<length])
            let error = #expect(throws: KerasFileError.self) { try Model.load(path) }
            #expect(error?.kind == .invalid)
        }
    }

    @Test(arguments: ["config.json", "model.weights.h5"])
    func `a member that claims more than its bytes can hold is refused before it is read`(_ member: String) throws {
        let scratch = try Scratch()
        var whole = Data(try bytes(Fixtures.path("models/functional-dense.keras")))
        // The entry of the directory at the end: its signature, 42 more bytes, the name. The size is at byte 24.
        let name = try #require(whole.range(of: Data(member.utf8), options: .backwards))
        let entry = name.lowerBound - 46
        #expect(whole[entry..<entry + 4] == Data([0x50, 0x4b, 1, 2]))
        whole.replaceSubrange(entry + 24..<entry + 28, with: [0xf0, 0xff, 0xff, 0xff])
        let path = try scratch.write("bomb.keras", Array(whole))
        let error = #expect(throws: KerasFileError.self) { try Model.load(path) }
        #expect(error?.kind == .invalid && error?.description.contains(member) == true)
    }

    @Test(arguments: ["config.json", "model.weights.h5"])
    func `a flipped byte in a member is found by its checksum`(_ member: String) throws {
        let scratch = try Scratch()
        let fixture = Fixtures.path("models/functional-dense.keras")
        let whole = try bytes(fixture)
        let content = try #require(try ZipArchive.read(member, from: fixture))
        let place = try #require(Data(whole).range(of: Data(content)))
        for offset in stride(from: 0, to: content.count, by: max(1, content.count / 13)) {
            var damaged = whole
            damaged[place.lowerBound + offset] ^= 0x04
            let path = try scratch.write("damaged.keras", damaged)
            let error = #expect(throws: KerasFileError.self) { try Model.load(path) }
            #expect(error?.kind == .invalid)
            #expect(error?.description.contains(member) == true)
        }
    }

    @Test func `a flipped byte anywhere gives a model or an error`() throws {
        let scratch = try Scratch()
        let whole = try bytes(Fixtures.path("models/uncompiled.keras"))
        for offset in stride(from: 0, to: whole.count, by: 61) {
            var damaged = whole
            damaged[offset] ^= 0xff
            _ = try? Model.load(try scratch.write("damaged.keras", damaged))
        }
    }

    @Test func `damage inside the weights that the archive does not see`() throws {
        let variant = try ModelVariant("models/uncompiled.keras")
        let weights = variant.members.first { $0.name == "model.weights.h5" }!.bytes
        for offset in stride(from: 0, to: weights.count, by: 127) {
            var damaged = weights
            damaged[offset] ^= 0xff
            var changed = variant
            changed.replace("model.weights.h5", damaged)
            _ = try? changed.load()
        }
    }

    @Test(arguments: ["config.json", "model.weights.h5"]) func `a missing member`(_ member: String) throws {
        var variant = try ModelVariant("digits-mlp.keras")
        variant.remove(member)
        expectInvalid(variant, member)
    }

    @Test(arguments: [
        "", "{", "null", "[]", "\"text\"", "{\"class_name\": \"Sequential\"}", "{\"class_name\": 3, \"config\": {}}",
        String(repeating: "[", count: 100_000), "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [1]}}",
        "{\"class_name\": \"Sequential\", \"config\": {}}", "{\"class_name\": \"Functional\", \"config\": {}}",
        "{\"class_name\": \"Subclassed\", \"config\": {}}",
    ])
    func `a configuration that is no model`(_ text: String) throws {
        var variant = try ModelVariant("digits-mlp.keras")
        variant.replace("config.json", Array(text.utf8))
        expectInvalid(variant)
    }

    @Test func `a configuration that is not UTF-8`() throws {
        var variant = try ModelVariant("digits-mlp.keras")
        variant.replace("config.json", [0x22, 0xff, 0xfe, 0x22])
        expectInvalid(variant, "config.json")
    }

    @Test func `an unsupported layer is named with its path`() throws {
        var variant = try ModelVariant("digits-mlp.keras")
        try variant.set(["config", "layers", 3, "class_name"], "SpectralNormalization")
        expectInvalid(variant, "SpectralNormalization", "digits_mlp/dense", "supported are")
    }

    @Test(arguments: [
        "kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint",
    ])
    func `an unknown regularizer or constraint is refused by name`(_ key: String) throws {
        for (file, path) in [
            ("digits-mlp.keras", "digits_mlp/dense"), ("digits-convnet.keras", "digits_convnet/conv2d"),
        ] {
            var variant = try ModelVariant(file)
            try variant.setLayer(3, key, ["class_name": "Spectral", "config": [:]])
            expectInvalid(variant, key, "Spectral", path)
        }
    }

    @Test func `settings of a convolution that are not supported`() throws {
        for (key, value) in [("groups", 5), ("data_format", "channels_middle"), ("padding", "causal")]
            as [(String, Any)]
        {
            var variant = try ModelVariant("digits-convnet.keras")
            try variant.setLayer(3, key, value)
            expectInvalid(variant, key, "\(value)", "digits_convnet/conv2d")
        }
    }

    @Test(arguments: ["mixed_float16", "float16", "float64"]) func `types that nothing is computed in`(_ type: String)
        throws
    {
        var variant = try ModelVariant("digits-mlp.keras")
        try variant.set(["config", "layers", 3, "config", "dtype", "config", "name"], type)
        expectInvalid(variant, type, "digits_mlp/dense")
    }

    @Test func `an input of a type that is none of numbers`() throws {
        var variant = try ModelVariant("digits-mlp.keras")
        try variant.setLayer(0, "dtype", "string")
        expectInvalid(variant, "dtype is string", "InputLayer", "float32", "int64")
    }

    @Test func `a bidirectional layer of which both directions would be one`() throws {
        let inner: [String: Any] = ["class_name": "LSTM", "config": ["units": 2, "go_backwards": true]]
        for config in [["layer": inner], ["layer": inner, "backward_layer": NSNull()]] {
            var variant = try ModelVariant("digits-mlp.keras")
            try variant.set(["config", "layers", 3], ["class_name": "Bidirectional", "config": config])
            expectInvalid(variant, "(Bidirectional): layer has go_backwards true, expected false")
        }
    }

    @Test func `an unknown activation is named, and those that are known`() throws {
        var variant = try ModelVariant("digits-mlp.keras")
        try variant.setLayer(3, "activation", "gelou")
        expectInvalid(variant, "gelou", "relu", "digits_mlp/dense")
    }

    @Test func `weights of another shape`() throws {
        var variant = try ModelVariant("digits-mlp.keras")
        try variant.setLayer(3, "units", 63)
        expectInvalid(variant, "layers/dense/vars/0", "(64, 63)", "(64, 64)")
    }

    @Test func `weights that are missing`() throws {
        var variant = try ModelVariant("digits-mlp.keras")
        try variant.replaceWeights { writer in
            try writer.writeFloats("layers/dense/vars/0", shape: [64, 64], Array(repeating: 0, count: 4096))
        }
        expectInvalid(variant, "layers/dense/vars/1", "dense/bias")
    }

    @Test func `weights that are not HDF5`() throws {
        var variant = try ModelVariant("digits-mlp.keras")
        variant.replace("model.weights.h5", Array("no weights".utf8))
        expectInvalid(variant, "model.weights.h5")
        variant.replace("model.weights.h5", [])
        expectInvalid(variant, "model.weights.h5")
    }

    @Test func `two layers of one name`() throws {
        var variant = try ModelVariant("digits-mlp.keras")
        try variant.setLayer(4, "name", "dense")
        expectInvalid(variant, "dense")
    }

    @Test func `numbers that no machine can hold`() throws {
        let huge = [1 << 40, Int.max, -1, 0]
        for number in huge {
            var dense = try ModelVariant("digits-mlp.keras")
            try dense.setLayer(3, "units", number)
            expectInvalid(dense, "units")
            for key in ["filters", "kernel_size", "strides", "dilation_rate"] {
                for value in [number, [number, 3]] as [Any] where key != "filters" || value is Int {
                    var convolution = try ModelVariant("digits-convnet.keras")
                    try convolution.setLayer(3, key, value)
                    expectInvalid(convolution, key)
                }
            }
            var pooling = try ModelVariant("digits-convnet.keras")
            try pooling.setLayer(4, "pool_size", [number, 2])
            expectInvalid(pooling, "pool_size")
        }
        for extents in [[Int.max, 2], [1 << 31 - 1, 1 << 31 - 1, 1 << 31 - 1, -1], [-1, -1], [-5, 8], [0, -1]] {
            var variant = try ModelVariant("digits-convnet.keras")
            try variant.setLayer(2, "target_shape", extents)
            expectInvalid(variant, "reshape")
        }
        for shape in [[Int.max, Int.max], [1 << 30, 1 << 30], [0, 8], [-1, 8]] {
            var variant = try ModelVariant("digits-mlp.keras")
            try variant.setLayer(0, "batch_shape", [NSNull()] + shape.map { $0 as Any })
            expectInvalid(variant, "shape")
        }
        var dense = try ModelVariant("digits-mlp.keras")
        try dense.setLayer(3, "units", Int(Int32.max))
        expectInvalid(dense, "dense", "kernel", "2147483647")
    }

    @Test func `an axis without a fixed extent that weights depend on`() throws {
        var variant = try ModelVariant("digits-mlp.keras")
        try variant.setLayer(0, "batch_shape", [NSNull(), NSNull(), 8])
        expectInvalid(variant, "a weight cannot follow an open axis", "dense")
    }

    @Test(arguments: [("nowhere", 0), ("reshape", -1), ("reshape", 7), ("dense", 0)])
    func `connections that lead nowhere`(_ source: String, _ node: Int) throws {
        var variant = try ModelVariant("digits-convnet.keras")
        let history: [Any] = ["config", "layers", 3, "inbound_nodes", 0, "args", 0, "config", "keras_history"]
        try variant.set(history, [source, node, 0])
        expectInvalid(variant, "conv2d")
    }

    @Test(arguments: ["input_layers", "output_layers"]) func `ends that are not in the model`(_ key: String) throws {
        for value in [["nowhere", 0, 0], ["dense", -1, 0], ["dense", 3, 0], ["dense"], "dense"] as [Any] {
            var variant = try ModelVariant("digits-convnet.keras")
            try variant.set(["config", key], value)
            expectInvalid(variant)
        }
    }

    private func expectInvalid(
        _ variant: ModelVariant, _ fragments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: KerasFileError.self, sourceLocation: sourceLocation) { try variant.load() }
        guard let error else { return }
        #expect(error.kind == .invalid, sourceLocation: sourceLocation)
        #expect(error.description.contains("variant.keras"), sourceLocation: sourceLocation)
        for fragment in fragments {
            #expect(error.reason.contains(fragment), "\(error.reason)", sourceLocation: sourceLocation)
        }
    }
}
