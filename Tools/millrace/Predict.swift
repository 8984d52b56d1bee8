import ArgumentParser
import DataSource
import HDF5Store
import KerasFiles
import Memory
import NeuralNetwork
import Training

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a model's predictions for a dataset, row by row in order.",
        discussion: """
            Example:
              millrace predict --model trained.keras --data test.h5 --out pred.h5

            The file holds a float32 dataset "predictions" with one row a sample.
            """)

    @Option(name: .long, help: ArgumentHelp("The model: a .keras file.", valueName: "file"))
    var model: String

    @OptionGroup var data: DataOptions

    @Option(name: .long, help: ArgumentHelp("The HDF5 file to write.", valueName: "file"))
    var out: String

    /// Bytes of a chunk of predictions: large enough to compress, small enough to read a part.
    private static let chunkBytes = 1 << 18

    func run() throws {
        data.applyThreads()
        let model = try Model.load(model)
        guard model.outputCount == 1 else {
            throw CommandFailure(
                .invalid, "\(self.model): has \(model.outputCount) outputs; predicting one output is supported")
        }
        let source = try data.source(for: model, requiresTargets: false)
        let writer = try HDF5FileWriter(path: out)
        let shape = model.predictionShape
        let rows = try writer.rows(
            "predictions", type: .float32, rowShape: shape,
            chunkRows: max(1, min(source.rowCount, Self.chunkBytes / (4 * max(1, shape.elementCount)))))
        try CommandFailure.naming(data.name) {
            try model.predict(source, batchSize: data.batchSize, memory: data.cap) { numbers, _ in
                try rows.append(UnsafeRawBufferPointer(numbers))
            }
        }
        try rows.finish()
        try writer.commit()
        if !data.quiet { printError("wrote \(source.rowCount) predictions of shape \(shape) to \(out)") }
    }
}
