import DataSource
import Engine
import Memory
import NeuralNetwork

/// What an output wants of its targets.
struct TargetDemand {
    /// For messages: `the model's output`, or the output by name where there are several.
    let output: String
    /// Of one sample.
    let prediction: Shape
    let loss: (any Loss)?
    /// For messages: the loss or the metric that compares.
    let comparison: String
    let specification: TargetSpecification
}

extension Model {
    /// What the outputs want that need targets, in the order of the outputs.
    ///
    /// - Parameters:
    ///   - loss: takes the place of the compiled one.
    ///   - inputShapes: of one row of each input, for a model with open axes.
    func targetDemands(
        loss: (any Loss)? = nil, inputShapes: [Shape]? = nil
    ) throws(TrainingError) -> [TargetDemand] {
        try allTargetDemands(loss: loss, inputShapes: inputShapes).compactMap { $0 }
    }

    /// As `targetDemands`, nil for the outputs that need none.
    func allTargetDemands(loss: (any Loss)?, inputShapes: [Shape]? = nil) throws(TrainingError) -> [TargetDemand?] {
        let shapes = try outputShapes(inputShapes)
        var compiled = try Session.of(self).compilation().outputs
        guard compiled.count == outputs.count else {
            throw TrainingError(
                .data, "the model has \(outputs.count) outputs, its compile configuration has \(compiled.count)")
        }
        if let loss {
            guard outputs.count == 1 else {
                throw TrainingError(
                    .usage, "a loss of its own is for models of one output, this one has \(outputs.count)")
            }
            compiled[0].loss = loss
        }
        var demands: [TargetDemand?] = []
        for (index, output) in compiled.enumerated() {
            guard output.needsTarget else {
                demands.append(nil)
                continue
            }
            do {
                let metric = (output.metrics + output.weightedMetrics).first?.name ?? ""
                demands.append(
                    TargetDemand(
                        output: outputs.count == 1 ? "the model's output" : "output \"\(outputNames[index])\"",
                        prediction: shapes[index], loss: output.loss,
                        comparison: output.loss.map { "loss \($0.name)" } ?? "metric \(metric)",
                        specification: try output.targets(for: shapes[index])))
            } catch {
                throw TrainingError(.usage, error.description, underlying: error)
            }
        }
        return demands
    }

    /// Refuses targets that the losses and metrics cannot compare. Targets are those of all outputs, or only of the outputs
    /// that need one, in order.
    ///
    /// - Returns: for each column what it is compared by; nil where nothing is.
    @discardableResult
    func checkTargets(
        _ columns: [ColumnInfo], loss: (any Loss)? = nil, inputShapes: [Shape]? = nil
    ) throws(TrainingError) -> [TargetDemand?] {
        if loss == nil { chooseLosses(for: columns, inputShapes: inputShapes) }
        let all = try allTargetDemands(loss: loss, inputShapes: inputShapes)
        let demands = columns.count == all.count ? all : all.filter { $0 != nil }
        guard columns.count == demands.count else {
            let names = columns.map(\.name).joined(separator: ", ")
            let wanted = demands.count == 1 ? "one target" : "\(demands.count) targets"
            throw TrainingError(
                .data,
                columns.isEmpty
                    ? "the batch has no targets; \(demands.compactMap { $0?.comparison }.joined(separator: ", ")) needs them"
                    : "the data have \(columns.count) targets (\(names)), the model wants \(wanted) "
                        + "(\(outputNames.joined(separator: ", ")))")
        }
        for (column, demand) in zip(columns, demands) { if let demand { try checkTarget(column, demand) } }
        return demands
    }

    /// Refuses a target that an output's loss cannot compare.
    private func checkTarget(_ column: ColumnInfo, _ demand: TargetDemand) throws(TrainingError) {
        let specification = demand.specification
        if column.padding?.length == .longest, !hasOpenAxes {
            throw TrainingError(
                .data,
                "rows of target \"\(column.name)\" are as long as the longest of their batch, and the loss needs one "
                    + "shape; pad them to one length (--pad \(column.name)=LENGTH)")
        }
        let expected = "\(demand.comparison) expects \(specification.meaning), of shape \(specification.shape)"
        guard specification.accepts(column.batchRowShape) else {
            throw TrainingError(
                .data,
                "rows of target \"\(column.name)\" have shape \(column.batchRowShape), \(demand.output) has shape "
                    + "\(demand.prediction) and \(expected)" + conversionHint(column, demand))
        }
        if let type = column.batchType, type != specification.type {
            throw TrainingError(
                .data,
                "target \"\(column.name)\" becomes \(type) (\(column.conversion)), \(expected) and type "
                    + "\(specification.type); leave out the conversion")
        }
    }

    /// How targets that fail for being class numbers, or rows over classes, become what the loss expects.
    private func conversionHint(_ column: ColumnInfo, _ demand: TargetDemand) -> String {
        let (specification, prediction) = (demand.specification, demand.prediction)
        guard column.conversion == .identity, prediction.rank > 0 else { return "" }
        let classes = prediction.last
        if specification.type == .int32, Self.isSame(column.rowShape, Shape(specification.shape.dimensions + [classes]))
        {
            return "; its rows over classes become class numbers with the conversion .sparse (on the command line "
                + "--sparse \(column.name)), or use categorical_crossentropy"
        }
        let positions = Shape(Array(prediction.dimensions.dropLast()))
        let areClasses = !column.type.isFloatingPoint || demand.loss is CategoricalCrossentropy
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
