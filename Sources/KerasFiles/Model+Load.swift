import HDF5Store
import JSONText
import Memory
import NeuralNetwork

extension Model {
    /// Loads a `.keras` file as Keras 3 writes it: layers, weights, compile configuration and optimizer state. A name that
    /// ends in `.json` is that of a configuration alone, as `model.to_json()` gives it: weights are then as the layers'
    /// initializers make them.
    ///
    /// - Parameters:
    ///   - weights: a file whose weights take the place of the model's own, as `loadWeights(from:)` has it.
    ///   - seed: of the weights that initializers draw for a configuration alone.
    /// - Throws: `KerasFileError` when the file is missing, damaged, or asks for something unsupported, with the name and
    ///   the place of it. A compile configuration that is unsupported is an error of `fit`, not of loading: the model may
    ///   still predict, or be compiled anew.
    public static func load(
        _ path: String, weights: String? = nil, seed: UInt64 = 0
    ) throws(KerasFileError) -> Model {
        let model =
            path.hasSuffix(".json")
            ? try loadConfiguration(path, weights: weights, seed: seed) : try loadArchive(path)
        if let weights { try model.loadWeights(from: weights) }
        return model
    }

    private static func loadArchive(_ path: String) throws(KerasFileError) -> Model {
        guard let text = try ZipArchive.read("config.json", from: path) else {
            throw KerasFileError(.invalid, path, "has no member config.json; is it a model that Keras 3 saved?")
        }
        guard let weights = try ExtractedMember("model.weights.h5", of: path) else {
            throw KerasFileError(
                .invalid, path, "has no member model.weights.h5; other formats of weights are not supported")
        }
        let model = try decoded(text, name: "config.json", weightsBytes: weights.byteCount, from: path)
        try reading(path, member: "model.weights.h5") { () throws(HDF5Error) in
            try weights.read(as: "\(path)/model.weights.h5") { file throws(HDF5Error) in
                try WeightsFile.read(model, from: file)
            }
        }
        model.ownLayers()
        return model
    }

    /// Writes a `.keras` file that Keras 3 loads: it appears whole or not at all, and the same model gives the same bytes.
    ///
    /// - Throws: `KerasFileError` when the file cannot be created or written; a file that was there before stays.
    public func save(_ path: String) throws(KerasFileError) {
        // The version whose layout this is, and a date that is not a clock's.
        let metadata = JSONValue.object([
            "keras_version": .string("3.15.1"), "date_saved": .string("1980-01-01@00:00:00"),
        ])
        do {
            try ModelEncoder.check(self)
            var output = try AtomicOutput(path: path)
            // Beside the output until they are in it: they may be most of what a run may hold.
            let weights = try HDF5FileWriter(path: path)
            defer { withExtendedLifetime(weights) {} }
            try WeightsFile.write(self, to: weights)
            try ZipArchive.write(
                [
                    ("metadata.json", Array(metadata.text(spaced: true).utf8)),
                    ("config.json", Array(ModelEncoder.encodeFile(self).text(spaced: true).utf8)),
                ], files: [("model.weights.h5", try weights.close())], to: output.temporaryPath, for: path)
            try output.commit()
        } catch let error as OutputError {
            throw KerasFileError(error.stage == .create ? .cannotCreate : .inputOutput, path, error.description)
        } catch let error as KerasFileError {
            throw error
        } catch let error as ConfigurationError {
            throw KerasFileError(.invalid, path, error.reason)
        } catch {
            throw KerasFileError(.inputOutput, path, "\(error)")
        }
    }
}
