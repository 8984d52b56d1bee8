public import DataSource
import HDF5Store
public import Memory
public import NeuralNetwork
public import Training

extension Model {
    /// Writes predictions for all rows of a source, in order, into a new HDF5 file: a float32 dataset with one row a sample.
    ///
    /// The dataset is called `predictions`; of a model with several outputs there is one for each, named like the output.
    /// The file appears whole or not at all, and memory is bounded by a batch and a chunk of each dataset.
    ///
    ///     try model.predict(HDF5Source("test.h5"), to: "predictions.h5", memory: .cap(.mebibytes(256)))
    ///
    /// - Parameter callbacks: their hooks of prediction are called; `run.interrupt()` before the last batch has ended leaves
    ///   nothing behind.
    /// - Returns: the datasets with their shapes, the rows in front; empty when a callback interrupted.
    /// - Throws: `TrainingError` as `predict`, and an error that names the file when it cannot be written.
    @discardableResult
    public func predict(
        _ source: any Source, to path: String, batchSize: Int = 32, memory: MemoryCap = .none,
        callbacks: [any Callback] = []
    ) throws -> [(name: String, shape: Shape)] {
        try predict(source, to: path, batchSize: batchSize, memory: memory, callbacks: callbacks) { _ in }
    }

    /// - Parameter willWrite: gets the name of the hidden file that is written until all is there.
    package func predict(
        _ source: any Source, to path: String, batchSize: Int, memory: MemoryCap, callbacks: [any Callback],
        willWrite: (String) -> Void
    ) throws -> [(name: String, shape: Shape)] {
        let writer = try HDF5FileWriter(path: path, metadataBytes: PredictionFile.metadataBytes)
        willWrite(writer.temporaryPath)
        let shapes = try predictionShapes(for: source)
        let names = shapes.count == 1 ? ["predictions"] : outputNames
        var heldBytes = 2 * PredictionFile.metadataBytes
        let columns = try zip(names, shapes).map { name, shape in
            let rowBytes = 4 * max(1, shape.elementCount)
            let chunkRows = max(1, min(source.rowCount, PredictionFile.chunkBytes / rowBytes))
            heldBytes += HDF5RowWriter.heldBytes(rowBytes: rowBytes, chunkRows: chunkRows)
            return try writer.rows(name, type: .float32, rowShape: shape, chunkRows: chunkRows)
        }
        var rowCount = 0
        try predictAll(source, batchSize: batchSize, memory: memory, heldBytes: heldBytes, callbacks: callbacks) {
            outputs, rows in
            for (column, numbers) in zip(columns, outputs) { try column.append(UnsafeRawBufferPointer(numbers)) }
            rowCount += rows
        }
        guard rowCount == source.rowCount else { return [] }
        for column in columns { try column.finish() }
        try writer.commit()
        return zip(names, shapes).map { ($0, $1.prepending(rowCount)) }
    }
}

private enum PredictionFile {
    /// Bytes of a chunk of predictions: large enough to compress, small enough to read a part.
    static let chunkBytes = 1 << 18

    /// What the HDF5 library may keep of the structure of the file, which grows with the number of chunks.
    static let metadataBytes = 1 << 20
}
