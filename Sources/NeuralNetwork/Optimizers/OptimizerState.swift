import Engine

/// What an optimizer remembers of a model, and under which names.
package enum OptimizerState {
    /// The slot of moving averages, by Keras's name.
    package static let average = "average"
    /// The slot of accumulated gradients, by Keras's name.
    package static let accumulator = "gradient_accumulator"

    /// The name of the numbers of one of the optimizer's parts.
    package static func numbers(ofPart part: Int) -> String { "part_\(part)" }

    /// What is kept for some parameters of a model.
    package static func demands(
        _ optimizer: any Optimizer, _ model: Model, _ parameters: [Int]
    ) -> [SlotStore.Demand] {
        let parts = optimizer.parts
        return parameters.flatMap { index -> [SlotStore.Demand] in
            let variable = model.variable(index)
            let part = parts[optimizer.part(for: variable)]
            var result: [SlotStore.Demand] = []
            if part.options.movingAverage != nil {
                result.append(SlotStore.Demand(parameter: index, name: average, start: .weights))
            }
            if part.options.accumulationSteps != nil {
                result.append(SlotStore.Demand(parameter: index, name: accumulator))
            }
            return result + part.slots(for: variable).compactMap { $0.demand(of: index) }
        }
    }
}

extension OptimizerSlot {
    /// What a store must keep; nil for what is only in files.
    fileprivate func demand(of parameter: Int) -> SlotStore.Demand? {
        let start = beginsAsWeights ? SlotStore.Start.weights : .value(initialValue)
        switch storage {
        case .likeWeights: return SlotStore.Demand(parameter: parameter, name: name, start: start)
        case .rowMajor(let shape):
            return SlotStore.Demand(parameter: parameter, name: name, form: .rowMajor(shape), start: start)
        case .absent: return nil
        }
    }
}

extension Model {
    /// A parameter as optimizers see it.
    package func variable(_ index: Int) -> OptimizerVariable {
        let parameter = parameters[index]
        return OptimizerVariable(
            name: parameter.specification.name, path: parameter.path, shape: parameter.specification.shape, model: name)
    }
}
