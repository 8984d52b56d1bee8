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

            The file holds a float32 dataset "predictions" with one row a sample; of a model with several outputs, one
            dataset for each, named like the output.
            """)

    @Option(name: .long, help: ArgumentHelp("The model: a .keras file.", valueName: "file"))
    var model: String

    @OptionGroup var weights: WeightsOptions

    @OptionGroup var data: DataOptions

    @Option(name: .long, help: ArgumentHelp("The HDF5 file to write.", valueName: "file"))
    var out: String

    /// Bytes of a chunk of predictions: large enough to compress, small enough to read a part.
    private static let chunkBytes = 1 << 18

    func run() throws {
        data.applyThreads()
        let guardian = data.cap.guarded()
        defer { withExtendedLifetime(guardian) {} }
        let model = try weights.model(model)
        let source = try data.source(for: model, requiresTargets: false)
        let writer = try HDF5FileWriter(path: out)
        let names = model.outputCount == 1 ? ["predictions"] : model.outputNames
        let shapes = try model.predictionShapes(for: source)
        let columns = try zip(names, shapes).map { name, shape in
            try writer.rows(
                name, type: .float32, rowShape: shape,
                chunkRows: max(1, min(source.rowCount, Self.chunkBytes / (4 * max(1, shape.elementCount)))))
        }
        try CommandFailure.naming(data.name) {
            try model.predictAll(source, batchSize: data.batchSize, memory: data.cap) { outputs, _ in
                for (rows, numbers) in zip(columns, outputs) { try rows.append(UnsafeRawBufferPointer(numbers)) }
            }
        }
        for rows in columns { try rows.finish() }
        try writer.commit()
        if !data.quiet {
            let what = shapes.count == 1 ? "of shape \(shapes[0])" : "of \(names.joined(separator: ", "))"
            printError("wrote \(source.rowCount) predictions \(what) to \(out)")
        }
    }
}
