import DataSource
import NeuralNetwork

extension Model {
    /// Gives a `Discretization` layer of `numBins` the boundaries of bins that hold equally many values of data, in one
    /// pass in the order of the data. Keras's `adapt` of that layer on batches of such a size.
    ///
    /// What the layer was adapted to before is forgotten. When the pass fails, it keeps that. Other models that share the
    /// layer and have been used go on with what they know; adapt it first.
    ///
    /// - Parameters:
    ///   - layerName: nil for the only layer that has `numBins`.
    ///   - column: the column whose values the layer gets; nil for the input that leads to it, which must do so directly or
    ///     through layers that only reshape.
    ///   - batchSize: rows whose summary is made at once; nil for about a mebibyte of them. Other sizes give other
    ///     boundaries, as in Keras: each batch may shift them by a part of the layer's `epsilon`, towards what comes last.
    ///     For data that are sorted by value, batches should be few.
    ///   - memory: the most that the process may hold meanwhile.
    /// - Returns: the boundaries.
    /// - Throws: `TrainingError` when there is no such layer or column, when values are not finite, when there are fewer
    ///   different ones than encoded bins need, and what `Source.statistics` throws.
    @discardableResult
    public func adaptBins(
        _ layerName: String? = nil, to source: some Source, column: String? = nil, batchSize: Int? = nil,
        memory: MemoryCap = .none
    ) throws(TrainingError) -> [Double] {
        let layer = try discretization(layerName)
        guard let call = calls.first(where: { $0.layer === layer }), let bins = layer.numBins else {
            preconditionFailure("Model: layer \(layer.name) is never called")
        }
        let name = if let column { column } else { try inputColumn(leadingTo: call, in: source) }
        let pass = try StatisticsPass(source, column: name)
        var taker = BinTaker(QuantileSummary(epsilon: layer.epsilon))
        // The values of the summary, and those of a batch while they are sorted.
        let options = try pass.options(batchSize: batchSize)
        let bytes = QuantileSummary.heldBytes(
            epsilon: layer.epsilon, batch: options.batchSize * pass.info.rowShape.elementCount)
        try pass.feed(
            &taker, holding: bytes, options: options, memory: memory, demand: MemoryDemand(self, plans: []),
            ledger: ledger)
        if let spoiler = taker.spoiler { throw pass.error(taker.spoiledCount, spoiler) }
        let boundaries = taker.summary.boundaries(of: bins)
        do throws(ModelError) {
            try layer.adapt(to: boundaries)
        } catch {
            throw TrainingError(.data, error.description, underlying: error)
        }
        // Boundaries are constants of plans.
        constantsVersion += 1
        Session.of(self).forgetPlans()
        return boundaries
    }

    /// Refuses to compute with layers whose bins are not known yet.
    func requireBins() throws(TrainingError) {
        let all = allLayers.lazy.compactMap { $0 as? Discretization }
        guard let layer = all.first(where: { !$0.isAdapted }) else { return }
        throw TrainingError(
            .usage,
            "layer \"\(layer.name)\" (Discretization) has \(layer.numBins ?? 0) bins and no boundaries between them; call "
                + "adaptBins(\"\(layer.name)\", to: …) on the model first")
    }

    /// The layer of a name, or the only one that can be given bins.
    private func discretization(_ name: String?) throws(TrainingError) -> Discretization {
        let all = layers.compactMap { $0 as? Discretization }.filter { $0.numBins != nil }
        let known = all.isEmpty ? "none" : all.map { "\"\($0.name)\"" }.joined(separator: ", ")
        if let name {
            if let layer = all.first(where: { $0.name == name }) { return layer }
            let problem =
                layers.contains { $0.name == name }
                ? "layer \"\(name)\" is no Discretization of numBins" : "the model has no layer \"\(name)\""
            throw TrainingError(.usage, "\(problem); layers that can be given bins: \(known)")
        }
        guard all.count == 1 else {
            throw TrainingError(.usage, "expected one layer that can be given bins, found \(known); name one")
        }
        return all[0]
    }
}

/// Takes the summary of a column, and the first of its values that are not finite.
private struct BinTaker: ColumnTaker {
    var summary: QuantileSummary
    var spoiler: MomentAccumulator.Spoiler?
    var spoiledCount = 0
    private var position = 0

    init(_ summary: QuantileSummary) { self.summary = summary }

    mutating func add(_ values: UnsafeBufferPointer<Float>) {
        for (index, value) in values.enumerated() where !value.isFinite {
            spoiledCount += 1
            if spoiler == nil { spoiler = .init(position: position + index, value: value) }
        }
        position += values.count
        if spoiler == nil { summary.add(values) }
    }
}
