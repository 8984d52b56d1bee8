import Memory
import NeuralNetwork

/// The optimizer's part of `model.weights.h5`, as Keras numbers it in `optimizer/vars`.
///
/// First the updates made, and the step size where it is no schedule. Then, once there was an update: the averages of all
/// trained variables, their accumulated gradients, and the slots, variable by variable, group after group. Optimizers that
/// stand around others have the numbers of these behind their own, and these have groups of their own besides.
struct OptimizerFile {
    /// One number or array of the list.
    enum Entry {
        case iteration
        /// A whole number that is always 0.
        case zero
        case rate(Float)
        case slot(String, parameter: Int, shape: Shape)
        /// What follows from the two means that are kept of a parameter.
        case velocities(parameter: Int, shape: Shape)
        /// One of the numbers that are kept under a name.
        case number(String, Int, isWhole: Bool)
    }

    /// A group with its list, and the groups below it.
    struct Group {
        let path: String
        let name: String
        let entries: [Entry]
        let groups: [Group]
    }

    let model: Model
    let optimizer: any Optimizer
    let trained: [Int]

    /// Nil for a model that is not compiled.
    init?(_ model: Model) {
        guard let optimizer = model.compilation?.optimizer else { return nil }
        self.model = model
        self.optimizer = optimizer
        trained = model.parameters.indices.filter { model.parameters[$0].isTrainable }
    }

    /// The groups of the optimizer.
    ///
    /// - Parameter isBuilt: whether there was an update.
    func group(isBuilt: Bool) -> Group {
        group(optimizer, "optimizer", isBuilt: isBuilt)
    }

    private func group(_ optimizer: any Optimizer, _ path: String, isBuilt: Bool) -> Group {
        switch optimizer {
        case let scaled as LossScaleOptimizer:
            let inner = group(scaled.inner, "\(path)/inner_optimizer", isBuilt: isBuilt)
            let name = LossScaleState.name
            let own: [Entry] = isBuilt ? [.number(name, 0, isWhole: true), .number(name, 1, isWhole: false)] : []
            return Group(
                path: path, name: scaled.kerasName, entries: [.zero, .rate(0)] + own + inner.entries, groups: [inner])
        case let multiple as MultiOptimizer:
            var counts: [String: Int] = [:]
            let groups = multiple.parts.enumerated().map { index, part in
                let stem = snakeCase(type(of: part).kind)
                let count = counts[stem, default: 0]
                counts[stem] = count + 1
                let own = trained.filter { multiple.part(for: model.variable($0)) == index }
                return Group(
                    path: "\(path)/optimizers/\(stem)\(count == 0 ? "" : "_\(count)")", name: part.kerasName,
                    entries: entries(part, index, own, isBuilt: isBuilt), groups: [])
            }
            return Group(
                path: path, name: multiple.kerasName,
                entries: [.iteration, .rate(0)] + groups.flatMap(\.entries), groups: groups)
        default:
            return Group(
                path: path, name: optimizer.kerasName, entries: entries(optimizer, 0, trained, isBuilt: isBuilt),
                groups: [])
        }
    }

    /// The list of an optimizer that has a formula.
    private func entries(
        _ optimizer: any Optimizer, _ part: Int, _ parameters: [Int], isBuilt: Bool
    ) -> [Entry] {
        var result: [Entry] = [parameters.isEmpty ? .zero : .iteration]
        if ScheduleCoding.isNumber(optimizer.schedule) {
            result.append(.rate(optimizer.learningRate(at: model.iterations)))
        }
        guard isBuilt else { return result }
        func shape(_ index: Int) -> Shape { model.parameters[index].specification.shape }
        if optimizer.options.movingAverage != nil {
            result += parameters.map { .slot(OptimizerState.average, parameter: $0, shape: shape($0)) }
        }
        if optimizer.options.accumulationSteps != nil {
            result += parameters.map { .slot(OptimizerState.accumulator, parameter: $0, shape: shape($0)) }
        }
        let slots = parameters.map { (index: $0, slots: optimizer.slots(for: model.variable($0))) }
        for group in 0...(slots.flatMap { $0.slots.map(\.group) }.max() ?? 0) {
            for (index, slots) in slots {
                result += slots.filter { $0.group == group }.map { entry($0, index, shape(index)) }
            }
        }
        let name = OptimizerState.numbers(ofPart: part)
        return parameters.isEmpty
            ? result : result + optimizer.numbers.indices.map { .number(name, $0, isWhole: false) }
    }

    private func entry(_ slot: OptimizerSlot, _ index: Int, _ shape: Shape) -> Entry {
        switch slot.storage {
        case .likeWeights: .slot(slot.name, parameter: index, shape: shape)
        case .rowMajor(let own): .slot(slot.name, parameter: index, shape: own)
        // Only Adafactor has slots that are not kept: those of vectors, and what follows from the means of matrices.
        case .absent: shape.rank < 2 ? .zero : .velocities(parameter: index, shape: shape)
        }
    }
}
