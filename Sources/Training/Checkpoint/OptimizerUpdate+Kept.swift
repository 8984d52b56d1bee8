import Engine
import Memory
import NeuralNetwork

/// What optimizers remember, in checkpoints: all values of the slot store, and its numbers.
extension OptimizerUpdate: KeptState {
    var numbers: [String: [Double]] { slots.numbers.mapValues { $0.map(Double.init) } }

    private static let separator = " of "

    /// All slots, by the optimizer's names for them and the parameters' paths.
    var tensors: [StateTensor] {
        let paths = model.store.stateNames
        return slots.names.flatMap { name in
            slots.parameters(of: name).map {
                slots.stateTensor(name, $0, named: "\(name)\(Self.separator)\(paths[$0])")
            }
        }
    }

    func prepare(numbers: [String: [Double]], tensors: [(name: String, shape: Shape)]) throws(TrainingError) {
        slots.removeAll()
        invalidate()
        slots.numbers = numbers.mapValues { $0.map { Float($0) } }
        guard !tensors.isEmpty else { return }
        try makeSlots()
        // Beside what the optimizer wants now: what it remembers of layers that were frozen since.
        let paths = model.store.stateNames
        let places = Dictionary(paths.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var missing: [SlotStore.Demand] = []
        for (full, shape) in tensors {
            guard let between = full.firstRange(of: Self.separator),
                let parameter = places[String(full[between.upperBound...])]
            else { continue }
            let name = String(full[..<between.lowerBound])
            guard slots.values(name, parameter) == nil else { continue }
            let isLikeWeights = shape == model.store.entries[parameter].shape
            missing.append(
                SlotStore.Demand(
                    parameter: parameter, name: name, form: isLikeWeights ? .likeWeights : .rowMajor(shape)))
        }
        do {
            try slots.require(missing)
        } catch {
            throw TrainingError(.engine, "places for what the optimizer remembers: \(error)", underlying: error)
        }
    }
}
