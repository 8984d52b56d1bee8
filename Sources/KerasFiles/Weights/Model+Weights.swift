import HDF5Store
import Memory
import NeuralNetwork

/// A file that holds weights and no layers.
package enum WeightsFormat: String, CaseIterable {
    /// The file that Keras 3's `save_weights` writes.
    case keras = ".weights.h5"
    /// Tensors by the paths of Keras's variables.
    case safetensors = ".safetensors"

    /// The format that a name stands for; nil for other names.
    package init?(path: String) {
        guard let format = Self.allCases.first(where: { path.hasSuffix($0.rawValue) }) else { return nil }
        self = format
    }
}

extension Model {
    /// Writes the weights without the layers: a file appears whole or not at all, and the same weights give the same bytes.
    ///
    /// - Parameter path: `….weights.h5` is the file of Keras's `save_weights`, which `load_weights` of the same model in Keras
    ///   reads; with the optimizer's state if the model is compiled, as there. `….safetensors` has the weights alone, each
    ///   under the path of its variable in Keras: `dense/kernel`.
    /// - Throws: `KerasFileError` for other names, and when the file cannot be created or written; a file that was there
    ///   before stays.
    public func saveWeights(to path: String) throws(KerasFileError) {
        switch WeightsFormat(path: path) {
        case .keras:
            do {
                let writer = try HDF5FileWriter(path: path)
                try WeightsFile.write(self, to: writer)
                try writer.commit()
            } catch {
                throw KerasFileError(error.kind == .cannotCreate ? .cannotCreate : .inputOutput, path, error.message)
            }
        case .safetensors:
            do throws(OutputError) {
                try SafetensorsFile.write(self, to: path)
            } catch {
                throw KerasFileError(error.stage == .create ? .cannotCreate : .inputOutput, path, error.reason)
            }
        case nil:
            let known = WeightsFormat.allCases.map(\.rawValue).joined(separator: " or ")
            throw KerasFileError(.cannotCreate, path, "expected a name that ends in \(known)")
        }
    }

    /// Takes the weights of a file: all of them, or none and an error.
    ///
    /// The optimizer keeps its state, and the layers stay as they are: a layer's place in the file follows from the order of
    /// the layers, or its name (`.safetensors`).
    ///
    /// - Parameter path: a file that `saveWeights` or Keras's `save_weights` wrote, a `.safetensors` file, or a whole model
    ///   (`.keras`), whose layers are not looked at.
    /// - Throws: `KerasFileError` when the file is missing or damaged, lacks a weight, or has one of another shape.
    public func loadWeights(from path: String) throws(KerasFileError) {
        let weights: [WeightValues]
        if path.hasSuffix(WeightsFormat.safetensors.rawValue) {
            weights = try SafetensorsFile(path).weights(of: self)
        } else if path.hasSuffix(".keras") {
            guard let member = try ExtractedMember("model.weights.h5", of: path) else {
                throw KerasFileError(.invalid, path, "has no member model.weights.h5")
            }
            weights = try Self.reading(path) { () throws(HDF5Error) in
                try member.read(as: "\(path)/model.weights.h5") { file throws(HDF5Error) in
                    try WeightsFile.weights(of: self, from: file)
                }
            }
        } else {
            weights = try Self.reading(path) { () throws(HDF5Error) in
                try WeightsFile.weights(of: self, from: HDF5File(path: path))
            }
        }
        for weight in weights { setWeights(weight.values, at: weight.index) }
        ownLayers()
    }

    /// Reads weights; what goes wrong is said of the file at `path`.
    ///
    /// - Parameter member: where in it the weights are, for messages.
    static func reading<Result>(
        _ path: String, member: String? = nil, _ body: () throws(HDF5Error) -> Result
    ) throws(KerasFileError) -> Result {
        do {
            return try body()
        } catch {
            let kind: KerasFileError.Kind =
                switch error.kind {
                case .missing, .permission: .missing
                case .readFailed: .inputOutput
                default: .invalid
                }
            let place = [member, error.object, error.message].compactMap { $0 }.joined(separator: ": ")
            throw KerasFileError(kind, path, place)
        }
    }
}

/// The values of a parameter, row-major, and its index in the model.
struct WeightValues {
    let index: Int
    let values: [Float]
}
