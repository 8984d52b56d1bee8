import Millrace

/// The models of the benchmark, by the names that the peers' script knows.
enum BenchmarkModel: String, CaseIterable {
    case convnet, mlp

    /// A fresh model, compiled with Adam and sparse cross-entropy.
    func make() throws -> Model {
        let model =
            switch self {
            case .convnet:
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
            case .mlp:
                try Sequential(input: [28, 28]) {
                    Rescaling(1.0 / 255)
                    Flatten()
                    Dense(512, activation: .relu)
                    Dense(512, activation: .relu)
                    Dense(10, activation: .softmax)
                }
            }
        try model.compile(optimizer: .adam(), loss: .sparseCategoricalCrossentropy)
        return model
    }
}
