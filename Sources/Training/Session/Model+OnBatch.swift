import DataSource
import Engine
import Memory
import NeuralNetwork

extension Model {
    /// One update from one batch, of any size. Returns that batch's loss and metrics, computed before the update.
    ///
    /// The first batch of a size is planned, which takes milliseconds; further ones reuse the plan.
    /// - Throws: `TrainingError` when the model is not compiled, or the batch does not fit it.
    @discardableResult
    public func trainOnBatch(_ batch: borrowing Batch) throws(TrainingError) -> Logs {
        try step(.train, batch)
    }

    /// Loss and metrics of one batch; nothing changes.
    public func testOnBatch(_ batch: borrowing Batch) throws(TrainingError) -> Logs {
        try step(.test, batch)
    }

    private func step(_ mode: StepMode, _ batch: borrowing Batch) throws(TrainingError) -> Logs {
        try check(batch, mode)
        let session = Session.of(self)
        try session.run(mode, batch)
        return try session.batchLogs()
    }

    /// Predictions of one batch, row-major (rows, …): those of the first output.
    public func predictOnBatch(_ batch: borrowing Batch) throws(TrainingError) -> [Float] {
        try check(batch, .predict)
        let plan = try Session.of(self).predict(batch)
        return Array(plan.plan.output("prediction_0"))
    }

    /// The shape of one prediction: that of the first output, without the batch axis.
    public var predictionShape: Shape { outputs[0].shape }

    /// Refuses a batch that does not fit the model.
    private func check(_ batch: borrowing Batch, _ mode: StepMode) throws(TrainingError) {
        guard batch.rowCount > 0 else { throw TrainingError(.data, "the batch is empty") }
        let columns = batch.inputs.map { ColumnInfo(name: $0.name, type: $0.type, rowShape: $0.rowShape) }
        try checkInputs(columns)
        guard mode != .predict else { return }
        let specification = try targetSpecification()
        guard let target = batch.targets.first else {
            throw TrainingError(
                .data, "the batch has no targets; loss \(try Session.of(self).compilation().loss.name) needs them")
        }
        try checkTarget(ColumnInfo(name: target.name, type: target.type, rowShape: target.rowShape), specification)
        guard target.type == specification.type else {
            throw TrainingError(
                .data,
                "target \(target.name) is \(target.type), expected \(specification.type) (\(specification.meaning))")
        }
    }

    /// What the loss expects of targets.
    func targetSpecification() throws(TrainingError) -> TargetSpecification {
        let compilation = try Session.of(self).compilation()
        do {
            return try compilation.loss.targets(for: outputs[0].shape)
        } catch {
            throw TrainingError(.usage, error.description, underlying: error)
        }
    }

    /// Refuses inputs of other shapes than the model's.
    func checkInputs(_ columns: [ColumnInfo]) throws(TrainingError) {
        guard columns.count == inputs.count else {
            throw TrainingError(
                .data,
                "the data have \(columns.count) inputs (\(columns.map(\.name).joined(separator: ", "))), the model "
                    + "takes \(inputs.count) (\(inputs.map(\.name).joined(separator: ", ")))")
        }
        for (column, input) in zip(columns, inputs) where !Self.isSame(column.rowShape, input.shape) {
            throw TrainingError(
                .data,
                "rows of \"\(column.name)\" have shape \(column.rowShape), the model's input \"\(input.name)\" takes "
                    + "\(input.shape)")
        }
    }

    /// Refuses a target that the loss cannot compare.
    func checkTarget(_ column: ColumnInfo, _ specification: TargetSpecification) throws(TrainingError) {
        guard specification.accepts(column.rowShape) else {
            throw TrainingError(
                .data,
                "rows of target \"\(column.name)\" have shape \(column.rowShape), the model's output has shape "
                    + "\(outputs[0].shape) and loss \(try Session.of(self).compilation().loss.name) expects "
                    + "\(specification.meaning), of shape \(specification.shape)")
        }
    }

    /// Whether rows of one shape can be fed as the other: equal but for axes of extent 1, as in Keras.
    static func isSame(_ left: Shape, _ right: Shape) -> Bool {
        left.dimensions.filter { $0 != 1 } == right.dimensions.filter { $0 != 1 }
    }
}
