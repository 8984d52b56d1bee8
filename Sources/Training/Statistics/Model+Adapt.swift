import DataSource
import Engine
import Memory
import NeuralNetwork

extension Model {
    /// Gives a `Normalization` layer the mean and the variance of data, in one pass in the order of the data. Keras's
    /// `adapt`, with sums in double.
    ///
    /// What the layer was adapted to before is forgotten. When the pass fails, it keeps that.
    ///
    /// - Parameters:
    ///   - layerName: nil for the only layer that has no given statistics.
    ///   - column: the column whose values the layer gets; nil for the input that leads to it, which must do so directly or
    ///     through layers that only reshape.
    ///   - batchSize: rows that are converted at once; nil for about a mebibyte of them. It does not change the result.
    ///   - memory: the most that the process may hold meanwhile.
    /// - Throws: `TrainingError` when there is no such layer or column, when the rows are of another shape than the layer's
    ///   input, and what `Source.statistics` throws.
    @discardableResult
    public func adapt(
        _ layerName: String? = nil, to source: some Source, column: String? = nil, batchSize: Int? = nil,
        memory: MemoryCap = .none
    ) throws(TrainingError) -> ColumnStatistics {
        let layer = try adaptable(layerName)
        guard let call = calls.first(where: { $0.layer === layer }) else {
            preconditionFailure("Model: layer \(layer.name) is never called")
        }
        let name = if let column { column } else { try inputColumn(leadingTo: call, in: source) }
        let pass = try StatisticsPass(source, column: name)
        let axes = try keptAxes(of: layer, call.inputs[0], from: pass.info)
        let statistics = try pass.run(
            along: axes, options: pass.options(batchSize: batchSize), memory: memory,
            demand: MemoryDemand(self, plans: []), ledger: ledger)
        let first = firstParameter(of: layer)
        setWeights(statistics.mean.map { Float($0) }, at: first)
        setWeights(statistics.variance.map { Float($0) }, at: first + 1)
        setWeights([0], at: first + 2)
        return statistics
    }

    /// The layer of a name, or the only one that can be adapted.
    private func adaptable(_ name: String?) throws(TrainingError) -> Normalization {
        let all = layers.compactMap { $0 as? Normalization }.filter { $0.moments == nil }
        let known = all.isEmpty ? "none" : all.map { "\"\($0.name)\"" }.joined(separator: ", ")
        if let name {
            if let layer = all.first(where: { $0.name == name }) { return layer }
            guard let other = layers.first(where: { $0.name == name }) else {
                throw TrainingError(.usage, "the model has no layer \"\(name)\"; layers that can be adapted: \(known)")
            }
            let reason = other is Normalization ? "its mean and variance were given" : "it is \(other.kind)"
            throw TrainingError(
                .usage, "layer \"\(name)\" cannot be adapted: \(reason); layers that can be adapted: \(known)")
        }
        guard all.count == 1 else {
            throw TrainingError(.usage, "expected one layer that can be adapted, found \(known); name one")
        }
        return all[0]
    }

    /// The name of the source's column that feeds the input in front of a call.
    func inputColumn(leadingTo call: LayerCall, in source: some Source) throws(TrainingError) -> String {
        var output = call.inputs[0]
        while case .call(let before, _) = output.origin {
            guard before.layer is Flatten || before.layer is Reshape else {
                throw TrainingError(
                    .usage,
                    "layer \"\(call.layer.name)\" reads what \"\(before.layer.name)\" (\(before.layer.kind)) "
                        + "makes of the data; name a column that holds such values")
            }
            output = before.inputs[0]
        }
        guard case .input(let input) = output.origin, let index = inputs.firstIndex(where: { $0 === input }) else {
            preconditionFailure("Model: layer \(call.layer.name) has no input")
        }
        guard source.inputs.count == inputs.count else {
            throw TrainingError(
                .data,
                "the data have \(source.inputs.count) inputs (\(source.inputs.map(\.name).joined(separator: ", "))), the "
                    + "model takes \(inputs.count) (\(inputs.map(\.name).joined(separator: ", "))); name the column")
        }
        return source.inputs[index].name
    }

    /// The kept axes of a column's rows: those of the layer's input where the rows are the same elements under another
    /// shape, else the same axes of the rows, whose other extents may differ.
    private func keptAxes(
        of layer: Normalization, _ input: LayerOutput, from column: ColumnInfo
    ) throws(TrainingError) -> KeptAxes {
        do throws(ModelError) {
            let expected = try layer.keptAxes(of: input.shape)
            if column.rowShape.elementCount == input.shape.elementCount, isReshaped(column.rowShape, input) {
                return expected
            }
            if column.rowShape.rank == input.shape.rank {
                let axes = try layer.keptAxes(of: column.rowShape)
                if axes.shape == expected.shape { return axes }
            }
        } catch {
            throw TrainingError(.data, error.description, underlying: error)
        }
        throw TrainingError(
            .data,
            "rows of \"\(column.name)\" have shape \(column.rowShape), the input of layer \"\(layer.name)\" has "
                + "\(input.shape), and statistics are kept along \(layer.axis)")
    }

    /// Whether rows of a shape are what a layer's input is, or was before layers that only reshape.
    private func isReshaped(_ rows: Shape, _ input: LayerOutput) -> Bool {
        if Self.isSame(rows, input.shape) { return true }
        guard case .call(let before, _) = input.origin, before.layer is Flatten || before.layer is Reshape else {
            return false
        }
        return isReshaped(rows, before.inputs[0])
    }
}
