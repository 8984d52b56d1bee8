import ArgumentParser
import Foundation
import Millrace

/// The models of the benchmark, by the names that the peers' script knows. Tools/peers/bench_models.py describes them.
enum BenchmarkModel: String, CaseIterable, ExpressibleByArgument {
    case mlp, convnet, resnet20, mobilenet, lstm, transformer, unet, thin

    /// Those whose time is that of kernels; a step of `thin` is what is around them.
    static let heavy = allCases.filter { $0 != .thin }

    /// What a benchmark must know of a model besides its layers.
    struct Specification {
        /// Of one sample.
        let shape: Shape

        /// Of one label.
        var labelShape: Shape = []
        var classes = 10

        /// How many tokens there are; nil when samples are floats.
        var tokens: Int?

        /// Those that a comparison runs; the first is the default of one case.
        let batchSizes: [Int]

        /// Updates of a timed block: a second or two.
        let steps: Int
    }

    var specification: Specification {
        switch self {
        case .mlp: Specification(shape: [784], batchSizes: [128, 32], steps: 400)
        case .convnet: Specification(shape: [28, 28, 1], batchSizes: [128], steps: 100)
        case .resnet20: Specification(shape: [32, 32, 3], batchSizes: [128], steps: 10)
        case .mobilenet: Specification(shape: [64, 64, 3], batchSizes: [32], steps: 30)
        case .lstm: Specification(shape: [64, 32], batchSizes: [128], steps: 40)
        case .transformer: Specification(shape: [64], tokens: 1000, batchSizes: [32], steps: 40)
        case .thin: Specification(shape: [64], batchSizes: [32], steps: 2000)
        case .unet:
            Specification(shape: [64, 64, 1], labelShape: [64, 64], classes: 2, batchSizes: [16], steps: 20)
        }
    }

    /// Whether rows of the benchmark's HDF5 file are samples.
    var readsImages: Bool { specification.shape.elementCount == 784 }

    /// A fresh model, compiled with Adam and sparse cross-entropy: written here where it takes the raw images of the
    /// HDF5 file, else loaded from a directory of Tools/peers/make_bench_models.py.
    func make(_ precision: Precision, models directory: String?) throws -> Model {
        let model: Model
        if let ours = try builtIn(precision) {
            model = ours
        } else if let directory {
            let name = rawValue + (precision == .bfloat16 ? "-bfloat16" : "") + ".keras"
            model = try Model.load(URL(filePath: directory).appending(path: name).path)
        } else {
            throw CaseFailure(
                "\(rawValue) in \(precision.rawValue) is loaded from a file: make a directory with"
                    + " Tools/peers/make_bench_models.py and name it with --models-dir")
        }
        try model.compile(optimizer: .adam(), loss: .sparseCategoricalCrossentropy)
        return model
    }

    /// The model that takes raw images; nil when there is none.
    private func builtIn(_ precision: Precision) throws -> Model? {
        switch (self, precision) {
        case (.convnet, .float32):
            try Sequential(input: [28, 28, 1]) {
                Rescaling(1.0 / 255)
                Conv2D(32, kernel: 3, activation: .relu)
                MaxPooling2D()
                Conv2D(64, kernel: 3, activation: .relu)
                MaxPooling2D()
                Flatten()
                Dropout(0.5)
                Dense(10, activation: .softmax)
            }
        case (.mlp, .float32):
            try Sequential(input: [28, 28]) {
                Rescaling(1.0 / 255)
                Flatten()
                Dense(512, activation: .relu)
                Dense(512, activation: .relu)
                Dense(10, activation: .softmax)
            }
        default: nil
        }
    }

    /// Whether the model scales raw images itself.
    func takesRawImages(_ precision: Precision) -> Bool { readsImages && precision == .float32 }
}

/// What products are computed in.
enum Precision: String, CaseIterable, ExpressibleByArgument {
    case float32, bfloat16
}
