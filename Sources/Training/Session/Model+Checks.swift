import DataSource
import Engine
import Memory
import NeuralNetwork

/// What refuses data that do not fit a model and its compilation.
extension Model {
    /// Refuses a batch that does not fit the model.
    func check(
        _ batch: borrowing Batch, _ mode: StepMode, loss: (any Loss)? = nil, _ roles: TargetRoles? = nil
    ) throws(TrainingError) {
        guard batch.rowCount > 0 else { throw TrainingError(.data, "the batch is empty") }
        let session = Session.of(self)
        let isUsual = loss == nil && roles == nil && !hasOpenAxes
        // A loop of one's own hands over batches of one form, thousands a second.
        if isUsual, session.fittingForm?.isForm(of: batch, mode) == true { return }
        let columns = batch.inputs.map { ColumnInfo(name: $0.name, type: $0.type, rowShape: $0.rowShape) }
        try checkInputs(columns)
        for (column, input) in zip(batch.inputs, inputs) where column.type != input.type {
            throw TrainingError(
                .data,
                "input \"\(column.name)\" of the batch is \(column.type), the model's input \"\(input.name)\" takes "
                    + "\(input.type); say so with the inputTypes of the batch or of its options")
        }
        guard mode != .predict else {
            if isUsual { session.fittingForm = BatchForm(batch, mode) }
            return
        }
        let all = batch.targets.map { ColumnInfo(name: $0.name, type: $0.type, rowShape: $0.rowShape) }
        let inputShapes = openShapes(of: batch)
        try checkWeights(all, roles, loss: loss, inputShapes: inputShapes)
        for weight in roles?.weights ?? [] where all[weight.column].type != .float32 {
            throw TrainingError(
                .data,
                "sample weight \"\(all[weight.column].name)\" of the batch is \(all[weight.column].type), expected "
                    + "float32; say so with the targetTypes of the batch or of its options")
        }
        let targets = roles?.targets(of: all) ?? all
        let demands = try checkTargets(targets, loss: loss, inputShapes: inputShapes)
        for (target, demand) in zip(targets, demands) {
            guard let demand, target.type != demand.specification.type else { continue }
            throw TrainingError(
                .data,
                "target \(target.name) is \(target.type), expected \(demand.specification.type) "
                    + "(\(demand.specification.meaning))")
        }
        if let weight = batch.sampleWeight {
            try checkSampleWeight(
                ColumnInfo(name: weight.name, type: weight.type, rowShape: weight.rowShape),
                inputShapes: openShapes(of: batch))
        }
        if isUsual { session.fittingForm = BatchForm(batch, mode) }
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
            if column.padding?.length == .longest, !input.openAxes.contains(0) {
                throw TrainingError(
                    .data,
                    "rows of \"\(column.name)\" are as long as the longest of their batch, and the model's input "
                        + "\"\(input.name)\" takes \(input.extentsText); pad them to one length (--pad \(column.name)=LENGTH)"
                )
            }
            guard input.accepts(column.batchRowShape) || input.openAxes.isEmpty && isSame(column, input) else {
                throw TrainingError(
                    .data,
                    "rows of \"\(column.name)\" have shape \(column.batchRowShape), the model's input "
                        + "\"\(input.name)\" takes \(input.extentsText)")
            }
            if let type = column.batchType, type != input.type {
                throw TrainingError(
                    .data,
                    "input \"\(column.name)\" becomes \(type) (\(column.conversion)), the model's input "
                        + "\"\(input.name)\" takes \(input.type)")
            }
        }
    }

    private func isSame(_ column: ColumnInfo, _ input: ModelInput) -> Bool {
        Self.isSame(column.batchRowShape, input.shape)
    }

    /// The shapes of one row of each input of a batch, for a model that has open axes; nil for others.
    func openShapes(of batch: borrowing Batch) -> [Shape]? {
        hasOpenAxes ? batch.inputs.map(\.rowShape) : nil
    }

    /// The same for the rows of a source: of those that become as long as the longest of their batch, the longest of all.
    func openShapes(of source: any Source) -> [Shape]? {
        hasOpenAxes ? source.inputs.map(\.batchRowShape) : nil
    }

    /// The shapes of one sample's outputs for the inputs at hand; nil: the model's own.
    func outputShapes(_ inputShapes: [Shape]?) throws(TrainingError) -> [Shape] {
        guard let inputShapes else { return outputs.map(\.shape) }
        do { return try outputShapes(at: inputShapes) } catch {
            throw TrainingError(.data, error.description, underlying: error)
        }
    }

    /// The shapes of one row's predictions for the rows of a source, in the order of the outputs.
    ///
    /// - Throws: for a model whose predictions are as long as its inputs, and rows that are as long as the longest of
    ///   their batch: they have no shape in common.
    public func predictionShapes(for source: any Source) throws(TrainingError) -> [Shape] {
        let inputShapes = openShapes(of: source)
        let shapes = try outputShapes(inputShapes)
        let longest = source.inputs.indices.filter { source.inputs[$0].padding?.length == .longest }
        guard let inputShapes, let index = longest.first else { return shapes }
        var others = inputShapes
        for place in longest {
            let shape = inputShapes[place]
            others[place] = Shape([shape[0] + ModelInput.standIn] + shape.withoutFirst.dimensions)
        }
        guard try outputShapes(others) != shapes else { return shapes }
        throw TrainingError(
            .data,
            "rows of \"\(source.inputs[index].name)\" are as long as the longest of their batch, and predictions as "
                + "long as they are: they have no shape in common; pad them to one length "
                + "(--pad \(source.inputs[index].name)=LENGTH)")
    }

    /// Refuses class weights that are no numbers, or for several outputs.
    func checked(_ classWeights: [Int: Float]?) throws(TrainingError) -> ClassWeights? {
        guard let classWeights, !classWeights.isEmpty else { return nil }
        guard outputs.count == 1 else {
            throw TrainingError(
                .usage, "class weights are for models of one output, this one has \(outputs.count); use sample weights")
        }
        for (label, weight) in classWeights.sorted(by: { $0.key < $1.key }) where !weight.isFinite || weight < 0 {
            throw TrainingError(.usage, "the weight of class \(label) is \(weight), expected a number of at least 0")
        }
        guard let result = ClassWeights(classWeights) else {
            throw TrainingError(.usage, "class weights: classes lie more than \(1 << 20) apart")
        }
        return result
    }

    /// Refuses weights that fit neither rows nor the positions in them.
    func checkSampleWeight(_ weight: ColumnInfo, inputShapes: [Shape]? = nil) throws(TrainingError) {
        let shape = weight.batchRowShape
        guard shape.elementCount != 1 else { return }
        let fits = try targetDemands(inputShapes: inputShapes).contains { demand in
            Array(demand.specification.shape.dimensions.prefix(shape.rank)) == shape.dimensions
        }
        guard !fits else { return }
        throw TrainingError(
            .data,
            "rows of sample weight \"\(weight.name)\" have shape \(shape), expected one number a row, or the leading axes "
                + "of the targets")
    }
}
