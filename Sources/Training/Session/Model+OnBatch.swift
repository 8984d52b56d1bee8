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

    /// Predictions of one batch for all outputs, each row-major (rows, …).
    public func predictAllOnBatch(_ batch: borrowing Batch) throws(TrainingError) -> [[Float]] {
        try check(batch, .predict)
        let plan = try Session.of(self).predict(batch)
        return outputs.indices.map { Array(plan.plan.output("prediction_\($0)")) }
    }

    /// The shape of one prediction: that of the first output, without the batch axis.
    public var predictionShape: Shape { outputs[0].shape }

    /// Refuses a batch that does not fit the model.
    private func check(_ batch: borrowing Batch, _ mode: StepMode) throws(TrainingError) {
        guard batch.rowCount > 0 else { throw TrainingError(.data, "the batch is empty") }
        let columns = batch.inputs.map { ColumnInfo(name: $0.name, type: $0.type, rowShape: $0.rowShape) }
        try checkInputs(columns)
        for (column, input) in zip(batch.inputs, inputs) where column.type != input.type {
            throw TrainingError(
                .data,
                "input \"\(column.name)\" of the batch is \(column.type), the model's input \"\(input.name)\" takes "
                    + "\(input.type); say so with the inputTypes of the batch or of its options")
        }
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
        for (column, input) in zip(columns, inputs) {
            if column.padding?.length == .longest {
                throw TrainingError(
                    .data,
                    "rows of \"\(column.name)\" are as long as the longest of their batch, and the model's input "
                        + "\"\(input.name)\" takes \(input.shape); pad them to one length (--pad \(column.name)=LENGTH)"
                )
            }
            guard Self.isSame(column.batchRowShape, input.shape) else {
                throw TrainingError(
                    .data,
                    "rows of \"\(column.name)\" have shape \(column.batchRowShape), the model's input "
                        + "\"\(input.name)\" takes \(input.shape)")
            }
            if let type = column.batchType, type != input.type {
                throw TrainingError(
                    .data,
                    "input \"\(column.name)\" becomes \(type) (\(column.conversion)), the model's input "
                        + "\"\(input.name)\" takes \(input.type)")
            }
        }
    }

    /// Refuses a target that the loss cannot compare.
    func checkTarget(_ column: ColumnInfo, _ specification: TargetSpecification) throws(TrainingError) {
        let loss = try Session.of(self).compilation().loss
        if column.padding?.length == .longest {
            throw TrainingError(
                .data,
                "rows of target \"\(column.name)\" are as long as the longest of their batch, and the loss needs one "
                    + "shape; pad them to one length (--pad \(column.name)=LENGTH)")
        }
        let expected = "loss \(loss.name) expects \(specification.meaning), of shape \(specification.shape)"
        guard specification.accepts(column.batchRowShape) else {
            throw TrainingError(
                .data,
                "rows of target \"\(column.name)\" have shape \(column.batchRowShape), the model's output has shape "
                    + "\(outputs[0].shape) and \(expected)" + conversionHint(column, specification, loss))
        }
        if let type = column.batchType, type != specification.type {
            throw TrainingError(
                .data,
                "target \"\(column.name)\" becomes \(type) (\(column.conversion)), \(expected) and type "
                    + "\(specification.type); leave out the conversion")
        }
    }

    /// How targets that fail for being class numbers, or rows over classes, become what the loss expects.
    private func conversionHint(
        _ column: ColumnInfo, _ specification: TargetSpecification, _ loss: any Loss
    ) -> String {
        guard column.conversion == .identity, outputs[0].shape.rank > 0 else { return "" }
        let classes = outputs[0].shape.last
        if specification.type == .int32, Self.isSame(column.rowShape, Shape(specification.shape.dimensions + [classes]))
        {
            return "; its rows over classes become class numbers with the conversion .sparse (on the command line "
                + "--sparse \(column.name)), or use categorical_crossentropy"
        }
        let positions = Shape(Array(outputs[0].shape.dimensions.dropLast()))
        let areClasses = !column.type.isFloatingPoint || loss is CategoricalCrossentropy
        if specification.type == .float32, classes > 1, areClasses, Self.isSame(column.rowShape, positions) {
            return
                "; class numbers become one-hot rows with the conversion .oneHot(classes: \(classes)) (on the command "
                + "line --one-hot \(column.name)=\(classes)), or use sparse_categorical_crossentropy"
        }
        return ""
    }

    /// Whether rows of one shape can be fed as the other: equal but for axes of extent 1, as in Keras.
    static func isSame(_ left: Shape, _ right: Shape) -> Bool {
        left.dimensions.filter { $0 != 1 } == right.dimensions.filter { $0 != 1 }
    }
}
